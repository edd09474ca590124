// Service last accessed details: which of the services that an entity may use it has used, from what the road has seen.
//
// Differs: AWS makes the report in some seconds and looks back 400 days; here it is there at once, and looks back to the beginning.
import { key } from '../../../kernel/key.ts';
import { type Instant, toDate } from '../../../kernel/units.ts';
import { allServices, serviceTitle } from './authorization-table.ts';
import { errors } from './errors.ts';
import { findManagedPolicy } from './managed-policy-lookup.ts';
import { page } from './page.ts';
import { compilePolicy, type Statement } from './policy/document.ts';
import type { NamedPolicy } from './policy/evaluate.ts';
import { matches } from './policy/template.ts';
import { policiesOf } from './principal-policy.ts';
import {
  type Access,
  type AccessReport,
  type EntityKind,
  type IamContext,
  type IamState,
  lower,
  type Operation,
} from './state.ts';

interface Entity {
  readonly kind: EntityKind;
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly path: string;
}

const entityForm = /^arn:[a-z0-9-]+:iam::(\d{12}|aws):(user|group|role|policy)\/(?:.*\/)?([^/]+)$/;

const asEntity = (
  kind: EntityKind,
  row: { readonly name: string; readonly arn: string; readonly id: string; readonly path: string } | undefined,
): Entity | undefined => row && { kind, name: row.name, arn: row.arn, id: row.id, path: row.path };

const findByName = (state: IamState, kind: EntityKind, name: string): Entity | undefined =>
  kind === 'user'
    ? asEntity(kind, state.users.find(lower(name)))
    : kind === 'group'
      ? asEntity(kind, state.groups.find(lower(name)))
      : asEntity(kind, state.roles.find(lower(name)));

const members = (state: IamState, group: string): Entity[] =>
  state.memberships
    .index('group')
    .list({ prefix: key(lower(group)) })
    .flatMap(({ user }) => findByName(state, 'user', user) ?? []);

/** Users and roles that the ARN stands for: itself, a group's members, or those who have the policy. */
function usersOf(state: IamState, arn: string): Entity[] {
  const [, , kind, name = ''] = entityForm.exec(arn) ?? [];
  if (kind === 'policy')
    return state.attachments
      .index('policy')
      .list({ prefix: key(arn) })
      .flatMap((row) =>
        row.kind === 'group' ? members(state, row.owner) : (findByName(state, row.kind, row.owner) ?? []),
      );
  if (kind === 'group') return members(state, name);
  const entity = kind === 'user' || kind === 'role' ? findByName(state, kind, name) : undefined;
  return entity === undefined ? [] : [entity];
}

/** Policies that an ARN brings with it. */
function policiesBehind(state: IamState, arn: string): NamedPolicy[] {
  const [, , kind, name = ''] = entityForm.exec(arn) ?? [];
  if (kind === 'policy') {
    const policy = findManagedPolicy(state, arn);
    return policy === undefined ? [] : [{ id: policy.name, policy: compilePolicy(policy.document) }];
  }
  if (kind === 'group' || kind === 'role') return policiesOf(state, kind, name);
  const groups = state.memberships.list({ prefix: key(lower(name)) });
  return [...policiesOf(state, 'user', name), ...groups.flatMap(({ group }) => policiesOf(state, 'group', group))];
}

/** Does the statement name the service at all? */
function grants({ actions, notAction }: Statement, service: string): boolean {
  if (notAction) return true;
  return (
    actions.everything ||
    actions.services.has(service) ||
    actions.floating.some((glob) => matches(glob, `${service}:x`))
  );
}

export const grantsService = ({ policy }: NamedPolicy, service: string): boolean =>
  policy.allows.some((statement) => grants(statement, service));

function checkEntity(arn: string, { state }: IamContext): void {
  const [, , kind, name = ''] = entityForm.exec(arn) ?? [];
  if (kind === undefined) throw errors.invalidInput(`Invalid ARN: ${arn}`);
  const exists =
    kind === 'policy'
      ? findManagedPolicy(state, arn) !== undefined
      : findByName(state, kind as EntityKind, name)?.arn === arn;
  if (!exists) throw errors.noSuch(`The entity with ARN ${arn} cannot be found.`);
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html */
export const GenerateServiceLastAccessedDetails: Operation<'GenerateServiceLastAccessedDetails'> = (input, context) => {
  const { state, ids, clock } = context;
  checkEntity(input.Arn, context);
  const granularity = input.Granularity === 'ACTION_LEVEL' ? 'ACTION_LEVEL' : 'SERVICE_LEVEL';
  const report: AccessReport = { id: ids.uuid(), arn: input.Arn, granularity, requestedAt: clock.now() };
  state.accessReports.put(report);
  return { JobId: report.id };
};

function getReport(state: IamState, id: string): AccessReport {
  const report = state.accessReports.find(id);
  if (report === undefined) throw errors.noSuch(`JobId ${id} cannot be found.`);
  return report;
}

/** Accesses of some entities to one service up to the report, the latest first. */
const accessesOf = (state: IamState, entities: readonly Entity[], service: string, until: Instant): Access[] =>
  entities
    .flatMap(({ arn }) => state.accesses.list({ prefix: key(arn, service) }))
    .filter(({ at }) => at <= until)
    .sort((a, b) => b.at - a.at);

function shownService(state: IamState, report: AccessReport, entities: readonly Entity[], service: string) {
  const accesses = accessesOf(state, entities, service, report.requestedAt);
  const [last] = accesses.filter(({ action }) => action === '');
  const actions = accesses.filter(({ action }) => action !== '');
  return {
    ServiceName: serviceTitle(service) ?? service,
    ServiceNamespace: service,
    TotalAuthenticatedEntities: new Set(accesses.map(({ entityArn }) => entityArn)).size,
    ...(last === undefined
      ? {}
      : {
          LastAuthenticated: toDate(last.at),
          LastAuthenticatedEntity: last.entityArn,
          LastAuthenticatedRegion: last.region,
        }),
    ...(report.granularity === 'ACTION_LEVEL' && actions.length > 0
      ? {
          TrackedActionsLastAccessed: actions.map(({ action, entityArn, at, region }) => ({
            ActionName: action,
            LastAccessedEntity: entityArn,
            LastAccessedTime: toDate(at),
            LastAccessedRegion: region,
          })),
        }
      : {}),
  };
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html */
export const GetServiceLastAccessedDetails: Operation<'GetServiceLastAccessedDetails'> = (input, { state }) => {
  const report = getReport(state, input.JobId);
  const policies = policiesBehind(state, report.arn);
  const entities = usersOf(state, report.arn);
  const services = allServices().filter((service) => policies.some((policy) => grantsService(policy, service)));
  const { items, rest } = page(services, input, (service) => service);
  return {
    JobStatus: 'COMPLETED',
    JobType: report.granularity,
    JobCreationDate: toDate(report.requestedAt),
    JobCompletionDate: toDate(report.requestedAt),
    ServicesLastAccessed: items.map((service) => shownService(state, report, entities, service)),
    ...rest,
  };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetailsWithEntities.html */
export const GetServiceLastAccessedDetailsWithEntities: Operation<'GetServiceLastAccessedDetailsWithEntities'> = (
  input,
  { state },
) => {
  const report = getReport(state, input.JobId);
  const { items, rest } = page(usersOf(state, report.arn), input, ({ arn }) => arn);
  const details = items.map((entity) => {
    const [last] = accessesOf(state, [entity], input.ServiceNamespace, report.requestedAt);
    const type = entity.kind === 'role' ? ('ROLE' as const) : ('USER' as const);
    return {
      EntityInfo: { Arn: entity.arn, Name: entity.name, Type: type, Id: entity.id, Path: entity.path },
      ...(last === undefined ? {} : { LastAuthenticated: toDate(last.at) }),
    };
  });
  return {
    JobStatus: 'COMPLETED',
    JobCreationDate: toDate(report.requestedAt),
    JobCompletionDate: toDate(report.requestedAt),
    EntityDetailsList: details,
    ...rest,
  };
};

interface Holder {
  readonly kind: EntityKind;
  readonly name: string;
}

/** The entity, and a user's groups: whoever holds policies for it. */
function holdersOf(state: IamState, arn: string): Holder[] {
  const [, , kind, name = ''] = entityForm.exec(arn) ?? [];
  if (kind === undefined || kind === 'policy') throw errors.invalidInput(`Invalid ARN: ${arn}`);
  const own: Holder = { kind: kind as EntityKind, name };
  if (kind !== 'user') return [own];
  return [
    own,
    ...state.memberships
      .list({ prefix: key(lower(name)) })
      .map(({ group }) => ({ kind: 'group' as const, name: group })),
  ];
}

const entityTypes = { user: 'USER', group: 'GROUP', role: 'ROLE' } as const;

function grantingPolicies(state: IamState, { kind, name }: Holder, service: string) {
  const prefix = key(kind, lower(name));
  const inline = state.inlinePolicies
    .list({ prefix })
    .filter((policy) => grantsService({ id: '', policy: compilePolicy(policy.document) }, service))
    .map((policy) => ({
      PolicyName: policy.name,
      PolicyType: 'INLINE' as const,
      EntityType: entityTypes[kind],
      EntityName: name,
    }));
  const managed = state.attachments.list({ prefix }).flatMap(({ policyArn, policyName }) => {
    const policy = findManagedPolicy(state, policyArn);
    const fits = policy !== undefined && grantsService({ id: '', policy: compilePolicy(policy.document) }, service);
    return fits ? [{ PolicyName: policyName, PolicyType: 'MANAGED' as const, PolicyArn: policyArn }] : [];
  });
  return [...inline, ...managed];
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html */
export const ListPoliciesGrantingServiceAccess: Operation<'ListPoliciesGrantingServiceAccess'> = (input, context) => {
  const { state } = context;
  checkEntity(input.Arn, context);
  const holders = holdersOf(state, input.Arn);
  const all = input.ServiceNamespaces.map((service) => ({
    ServiceNamespace: service,
    Policies: holders.flatMap((holder) => grantingPolicies(state, holder, service)),
  }));
  const { items, rest } = page(all, input, ({ ServiceNamespace }) => ServiceNamespace);
  return { PoliciesGrantingServiceAccess: items, ...rest };
};
