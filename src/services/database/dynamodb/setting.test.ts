import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createTable, index, startFixture, text } from './fixture.ts';

test('UpdateContributorInsights: ENABLING, ENABLED, DISABLING, DISABLED, of table and index', async () => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  await createTable(t, 'table', {
    AttributeDefinitions: [text('owner')],
    GlobalSecondaryIndexes: [index('by-owner', 'owner')],
  });
  const describe = () => db.describeContributorInsights({ TableName: 'table' });
  expect((await describe()).ContributorInsightsStatus).toBe('DISABLED');
  const on = await db.updateContributorInsights({ TableName: 'table', ContributorInsightsAction: 'ENABLE' });
  expect(on.ContributorInsightsStatus).toBe('ENABLING');
  await t.cloud.clock.advance(2);
  expect(await describe()).toMatchObject({
    ContributorInsightsStatus: 'ENABLED',
    ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS',
    ContributorInsightsRuleList: [
      expect.stringMatching(/^DynamoDBContributorInsights-PKC-table-\d+$/),
      expect.stringMatching(/-PKT-table-/),
      expect.stringMatching(/-SKC-table-/),
      expect.stringMatching(/-SKT-table-/),
    ],
  });
  await db.updateContributorInsights({
    TableName: 'table',
    IndexName: 'by-owner',
    ContributorInsightsAction: 'ENABLE',
  });
  expect((await db.listContributorInsights({})).ContributorInsightsSummaries).toHaveLength(2);
  await db.updateContributorInsights({ TableName: 'table', ContributorInsightsAction: 'DISABLE' });
  expect((await describe()).ContributorInsightsStatus).toBe('DISABLING');
  await t.cloud.clock.advance(2);
  expect((await describe()).ContributorInsightsStatus).toBe('DISABLED');
  await expect(
    db.updateContributorInsights({ TableName: 'table', IndexName: 'none', ContributorInsightsAction: 'ENABLE' }),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('EnableKinesisStreamingDestination: a stream that is not there is refused', async () => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  await createTable(t);
  const StreamArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/none';
  await expect(db.enableKinesisStreamingDestination({ TableName: 'table', StreamArn })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(db.disableKinesisStreamingDestination({ TableName: 'table', StreamArn })).rejects.toMatchObject({
    name: 'ValidationException',
  });
  expect(await db.describeKinesisStreamingDestination({ TableName: 'table' })).toMatchObject({
    TableName: 'table',
    KinesisDataStreamDestinations: [],
  });
});
