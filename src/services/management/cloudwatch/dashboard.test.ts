import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { minute, startFixture } from './fixture.ts';

const text = (changes: object = {}) => ({
  type: 'text',
  x: 0,
  y: 0,
  width: 6,
  height: 3,
  properties: { markdown: 'hi' },
  ...changes,
});

test('PutDashboard: keeps the body as it was put, and lists it', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const DashboardBody = JSON.stringify({ widgets: [text()] }, null, 2);
  expect(await cloudwatch.putDashboard({ DashboardName: 'main', DashboardBody })).toEqual({
    DashboardValidationMessages: [],
  });
  expect(await cloudwatch.getDashboard({ DashboardName: 'main' })).toEqual({
    DashboardName: 'main',
    DashboardBody,
    DashboardArn: 'arn:aws:cloudwatch::000000000000:dashboard/main',
  });
  const { DashboardEntries } = await cloudwatch.listDashboards({ DashboardNamePrefix: 'ma' });
  expect(DashboardEntries).toMatchObject([
    { DashboardName: 'main', Size: DashboardBody.length, LastModified: minute(0) },
  ]);
});

test('PutDashboard: says where a body is wrong', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const messages = async (body: unknown) => {
    try {
      const DashboardBody = typeof body === 'string' ? body : JSON.stringify(body);
      return (await cloudwatch.putDashboard({ DashboardName: 'main', DashboardBody })).DashboardValidationMessages;
    } catch (error) {
      return { name: (error as Error).name, ...(error as { dashboardValidationMessages?: object }) };
    }
  };
  const refused = (DataPath: string) =>
    expect.objectContaining({
      name: 'DashboardInvalidInputError',
      dashboardValidationMessages: [expect.objectContaining({ DataPath })],
    });
  expect(await messages('{')).toEqual(refused(''));
  expect(await messages({ widgets: [text(), text({ type: 'pie' })] })).toEqual(refused('/widgets/1/type'));
  expect(await messages({ widgets: [text({ width: 25 })] })).toEqual(refused('/widgets/0/width'));
  expect(await messages({ widgets: [{ type: 'metric', properties: { metrics: [['AWS/EC2']] } }] })).toEqual(
    refused('/widgets/0/properties/metrics/0'),
  );
  expect(await messages({ widgets: [{ type: 'metric', properties: { metrics: [['AWS/EC2', 'x']] } }] })).toMatchObject([
    { DataPath: '/widgets/0/properties', Message: "Should have required property 'region'" },
  ]);
});

test('DeleteDashboards: deletes those that are there, and names the others', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  await cloudwatch.putDashboard({ DashboardName: 'a', DashboardBody: '{"widgets":[]}' });
  await expect(cloudwatch.deleteDashboards({ DashboardNames: ['a', 'b'] })).rejects.toMatchObject({
    name: 'ResourceNotFound',
    message: 'Dashboards [b] do not exist',
  });
  expect((await cloudwatch.listDashboards({})).DashboardEntries).toEqual([]);
});

test('PutInsightRule: a rule is kept, switched and deleted; its report is not there', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const RuleDefinition = JSON.stringify({ Schema: { Name: 'CloudWatchLogRule', Version: 1 } });
  await cloudwatch.putInsightRule({ RuleName: 'r', RuleDefinition });
  await cloudwatch.disableInsightRules({ RuleNames: ['r'] });
  const { InsightRules } = await cloudwatch.describeInsightRules({});
  expect(InsightRules).toMatchObject([
    { Name: 'r', State: 'DISABLED', Schema: '{"Name":"CloudWatchLogRule","Version":1}' },
  ]);
  const { Failures } = await cloudwatch.deleteInsightRules({ RuleNames: ['r', 's'] });
  expect(Failures?.map(({ FailureResource }) => FailureResource)).toEqual(['s']);
  await expect(
    cloudwatch.getInsightRuleReport({ RuleName: 'r', StartTime: minute(0), EndTime: minute(1), Period: 60 }),
  ).rejects.toMatchObject({ name: 'NotImplemented' });
});

test('PutAnomalyDetector: a detector is kept for its metric and statistic, once', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const SingleMetricAnomalyDetector = { Namespace: 'App', MetricName: 'Load', Stat: 'Average', Dimensions: [] };
  await cloudwatch.putAnomalyDetector({ SingleMetricAnomalyDetector });
  await cloudwatch.putAnomalyDetector({ Namespace: 'App', MetricName: 'Load', Stat: 'Average' });
  const { AnomalyDetectors } = await cloudwatch.describeAnomalyDetectors({ Namespace: 'App' });
  expect(AnomalyDetectors).toMatchObject([{ MetricName: 'Load', Stat: 'Average', StateValue: 'PENDING_TRAINING' }]);
  await expect(cloudwatch.putAnomalyDetector({ SingleMetricAnomalyDetector, Stat: 'Sum' })).rejects.toMatchObject({
    name: 'InvalidParameterCombinationException',
  });
  await cloudwatch.deleteAnomalyDetector({ SingleMetricAnomalyDetector });
  await expect(cloudwatch.deleteAnomalyDetector({ SingleMetricAnomalyDetector })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('PutDashboard: all Regions show the dashboards of the account, with their tags', async () => {
  await using fixture = await startFixture();
  const { cloud, cloudwatch } = fixture;
  const DashboardBody = JSON.stringify({ widgets: [text()] });
  await cloudwatch.putDashboard({ DashboardName: 'main', DashboardBody, Tags: [{ Key: 'team', Value: 'blue' }] });
  const elsewhere = cloud.client(CloudWatch, { region: 'eu-west-1' });
  const { DashboardEntries = [] } = await elsewhere.listDashboards({});
  expect(DashboardEntries.map(({ DashboardArn }) => DashboardArn)).toEqual([
    'arn:aws:cloudwatch::000000000000:dashboard/main',
  ]);
  const { Tags } = await elsewhere.listTagsForResource({ ResourceARN: DashboardEntries[0]?.DashboardArn });
  expect(Tags).toEqual([{ Key: 'team', Value: 'blue' }]);
  await elsewhere.deleteDashboards({ DashboardNames: ['main'] });
  await expect(cloudwatch.getDashboard({ DashboardName: 'main' })).rejects.toMatchObject({
    name: 'ResourceNotFound',
  });
});
