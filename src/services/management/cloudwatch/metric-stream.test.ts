import { expect, test } from 'vitest';
import { minute, startFixture } from './fixture.ts';

const stream = {
  Name: 'all',
  FirehoseArn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/metrics',
  RoleArn: 'arn:aws:iam::000000000000:role/stream',
  OutputFormat: 'json' as const,
};
const StreamArn = 'arn:aws:cloudwatch:us-east-1:000000000000:metric-stream/all';

test('PutMetricStream: a new stream runs; a change leaves its state and its tags', async () => {
  await using fixture = await startFixture();
  const { cloud, cloudwatch } = fixture;
  const IncludeFilters = [{ Namespace: 'AWS/EC2', MetricNames: ['CPUUtilization'] }, { Namespace: 'AWS/SQS' }];
  const StatisticsConfigurations = [
    {
      IncludeMetrics: [{ Namespace: 'AWS/EC2', MetricName: 'CPUUtilization' }],
      AdditionalStatistics: ['p90', 'TM(5%:95%)'],
    },
  ];
  const Tags = [{ Key: 'team', Value: 'blue' }];
  expect(await cloudwatch.putMetricStream({ ...stream, IncludeFilters, StatisticsConfigurations, Tags })).toEqual({
    Arn: StreamArn,
  });
  const { Name, FirehoseArn, OutputFormat } = stream;
  const entry = { Arn: StreamArn, Name, FirehoseArn, OutputFormat, CreationDate: minute(0) };
  expect(await cloudwatch.getMetricStream({ Name })).toEqual({
    ...entry,
    RoleArn: stream.RoleArn,
    State: 'running',
    LastUpdateDate: minute(0),
    IncludeFilters,
    StatisticsConfigurations,
    IncludeLinkedAccountsMetrics: false,
  });
  await cloudwatch.stopMetricStreams({ Names: [Name] });
  await cloud.clock.advance(60);
  await cloudwatch.putMetricStream({ ...stream, Tags: [{ Key: 'team', Value: 'red' }] });
  expect((await cloudwatch.listMetricStreams({})).Entries).toEqual([
    { ...entry, State: 'stopped', LastUpdateDate: minute(1) },
  ]);
  expect((await cloudwatch.listTagsForResource({ ResourceARN: StreamArn })).Tags).toEqual(Tags);
  await cloudwatch.startMetricStreams({ Names: [Name] });
  expect((await cloudwatch.getMetricStream({ Name })).State).toBe('running');
  await cloudwatch.deleteMetricStream({ Name });
  await cloudwatch.deleteMetricStream({ Name });
  await expect(cloudwatch.getMetricStream({ Name })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('PutMetricStream: refuses what cannot be', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const refusal = (changes: object) =>
    cloudwatch.putMetricStream({ ...stream, ...changes }).then(
      () => undefined,
      ({ name }: Error) => name,
    );
  const filters = [{ Namespace: 'AWS/EC2' }];
  expect(await refusal({ IncludeFilters: filters, ExcludeFilters: filters })).toBe(
    'InvalidParameterCombinationException',
  );
  expect(await refusal({ FirehoseArn: 'arn:aws:s3:::bucket' })).toBe('InvalidParameterValueException');
  expect(await refusal({ FirehoseArn: stream.FirehoseArn.replace('us-east-1', 'eu-west-1') })).toBe(
    'InvalidParameterValueException',
  );
  expect(await refusal({ RoleArn: 'role' })).toBe('InvalidParameterValueException');
  expect(await refusal({ Name: 'a b' })).toBe('InvalidParameterValueException');
  const StatisticsConfigurations = [
    { IncludeMetrics: [{ Namespace: 'App', MetricName: 'Load' }], AdditionalStatistics: ['TM(5%:95%)'] },
  ];
  expect(await refusal({ OutputFormat: 'opentelemetry1.0', StatisticsConfigurations })).toBe(
    'InvalidParameterValueException',
  );
});

test('StopMetricStreams: stops all that are named, or none', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  for (const Name of ['a', 'b']) await cloudwatch.putMetricStream({ ...stream, Name });
  await expect(cloudwatch.stopMetricStreams({ Names: ['a', 'none'] })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
  const { Entries, NextToken } = await cloudwatch.listMetricStreams({ MaxResults: 1 });
  expect(Entries?.map(({ Name, State }) => [Name, State])).toEqual([['a', 'running']]);
  expect((await cloudwatch.listMetricStreams({ NextToken })).Entries?.map(({ Name }) => Name)).toEqual(['b']);
});
