// Dashboards: stored as they are put, checked, never drawn.
import { toDate } from '../../../kernel/units.ts';
import { checkBody } from './dashboard-body.ts';
import { errors } from './errors.ts';
import { dashboardsPage } from './limits.ts';
import type { CloudWatchContext, Operation } from './state.ts';
import { putTags } from './tag.ts';

/** Dashboards are global: their ARN has no Region, and all Regions show them. */
export const dashboardArn = ({ partition, account }: CloudWatchContext, name: string): string =>
  `arn:${partition}:cloudwatch::${account}:dashboard/${name}`;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html */
export const PutDashboard: Operation<'PutDashboard'> = ({ DashboardName, DashboardBody, Tags }, context) => {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(DashboardName))
    throw errors.invalidValue(
      `The value ${DashboardName} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
    );
  const { errors: problems, warnings } = checkBody(DashboardBody);
  if (problems.length > 0) throw errors.dashboardInvalid(problems);
  const isNew = !context.state.dashboards.has(DashboardName);
  context.state.dashboards.put({ name: DashboardName, body: DashboardBody, modifiedAt: context.clock.now() });
  if (isNew) putTags(context, dashboardArn(context, DashboardName), Tags);
  return { DashboardValidationMessages: [...warnings] };
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html */
export const GetDashboard: Operation<'GetDashboard'> = ({ DashboardName }, context) => {
  const dashboard = context.state.dashboards.find(DashboardName);
  if (dashboard === undefined) throw errors.dashboardNotFound(`Dashboard ${DashboardName} does not exist`);
  return {
    DashboardName,
    DashboardBody: dashboard.body,
    DashboardArn: dashboardArn(context, DashboardName),
  };
};

/**
 * Deletes as many dashboards as there are; for those that are not, an error.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteDashboards.html
 */
export const DeleteDashboards: Operation<'DeleteDashboards'> = async ({ DashboardNames }, context) => {
  const missing = DashboardNames.filter((name) => !context.state.dashboards.has(name));
  // A handler that throws undoes its transaction; what is deleted beside an error needs one of its own, which begins after an await.
  await Promise.resolve();
  await context.transact(() => {
    for (const name of DashboardNames) {
      context.state.dashboards.delete(name);
      context.state.dashboardTags.delete(dashboardArn(context, name));
    }
  });
  if (missing.length > 0) throw errors.dashboardNotFound(`Dashboards [${missing.join(', ')}] do not exist`);
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListDashboards.html */
export const ListDashboards: Operation<'ListDashboards'> = ({ DashboardNamePrefix, NextToken }, context) => {
  const after = NextToken === undefined ? undefined : Buffer.from(NextToken, 'base64').toString();
  const range = { ...(DashboardNamePrefix === undefined ? {} : { prefix: DashboardNamePrefix }), after };
  const found = context.state.dashboards.list({ ...range, limit: dashboardsPage + 1 });
  const page = found.slice(0, dashboardsPage);
  return {
    DashboardEntries: page.map(({ name, body, modifiedAt }) => ({
      DashboardName: name,
      DashboardArn: dashboardArn(context, name),
      LastModified: toDate(modifiedAt),
      Size: Buffer.byteLength(body),
    })),
    NextToken: found.length > page.length ? Buffer.from(page.at(-1)?.name as string).toString('base64') : undefined,
  };
};
