import { EC2 } from '@aws-sdk/client-ec2';
import { ServiceQuotas } from '@aws-sdk/client-service-quotas';
import { expect, test } from 'vitest';
import { startCloud } from '../../../embed/index.ts';
import type { Quota } from '../../../kernel/quota.ts';
import { snapshotsMax } from '../../compute/ec2/snapshot-make.ts';
import * as vpcLimits from '../../networking/vpc/limits.ts';
import { findQuota } from './quota-table.ts';

const start = () => startCloud({ strict: true, seed: 1, clock: { kind: 'frozen' }, startAt: new Date('2026-01-01') });

const nameOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'it was not refused',
    (error: Error) => error.name,
  );

test('RequestServiceQuotaIncrease: pending, approved ten minutes later, and in force from then on', async () => {
  await using cloud = await start();
  const quotas = cloud.client(ServiceQuotas);
  const ec2 = cloud.client(EC2);
  const vpcs = { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' };
  for (let count = 1; count < 5; count++) await ec2.createVpc({ CidrBlock: `10.${count}.0.0/16` });
  expect(await nameOf(ec2.createVpc({ CidrBlock: '10.9.0.0/16' }))).toBe('VpcLimitExceeded');
  expect(await nameOf(quotas.requestServiceQuotaIncrease({ ...vpcs, DesiredValue: 5 }))).toBe(
    'IllegalArgumentException',
  );
  const { RequestedQuota } = await quotas.requestServiceQuotaIncrease({ ...vpcs, DesiredValue: 6 });
  expect(RequestedQuota).toMatchObject({ Status: 'PENDING', DesiredValue: 6, QuotaName: 'VPCs per Region' });
  expect(await nameOf(quotas.requestServiceQuotaIncrease({ ...vpcs, DesiredValue: 7 }))).toBe(
    'ResourceAlreadyExistsException',
  );
  expect((await quotas.getServiceQuota(vpcs)).Quota?.Value).toBe(5);
  await cloud.clock.advance(600);
  const RequestId = RequestedQuota?.Id as string;
  expect((await quotas.getRequestedServiceQuotaChange({ RequestId })).RequestedQuota?.Status).toBe('APPROVED');
  expect((await quotas.getServiceQuota(vpcs)).Quota?.Value).toBe(6);
  expect((await quotas.getAWSDefaultServiceQuota(vpcs)).Quota?.Value).toBe(5);
  await ec2.createVpc({ CidrBlock: '10.9.0.0/16' });
  expect(await nameOf(ec2.createVpc({ CidrBlock: '10.10.0.0/16' }))).toBe('VpcLimitExceeded');
  expect((await quotas.listRequestedServiceQuotaChangeHistory({})).RequestedQuotas).toHaveLength(1);
  expect((await quotas.listRequestedServiceQuotaChangeHistoryByQuota(vpcs)).RequestedQuotas).toHaveLength(1);
  expect((await quotas.listRequestedServiceQuotaChangeHistory({ Status: 'PENDING' })).RequestedQuotas).toEqual([]);
});

test('RequestServiceQuotaIncrease: another Region keeps its own value', async () => {
  await using cloud = await start();
  const vpcs = { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' };
  await cloud.client(ServiceQuotas).requestServiceQuotaIncrease({ ...vpcs, DesiredValue: 50 });
  await cloud.clock.advance(600);
  const tokyo = cloud.client(ServiceQuotas, { region: 'ap-northeast-1' });
  expect((await tokyo.getServiceQuota(vpcs)).Quota).toMatchObject({
    Value: 5,
    QuotaArn: 'arn:aws:servicequotas:ap-northeast-1:000000000000:vpc/L-F678F1CE',
  });
});

test('ListServiceQuotas: pages, and names what does not exist', async () => {
  await using cloud = await start();
  const quotas = cloud.client(ServiceQuotas);
  const first = await quotas.listServiceQuotas({ ServiceCode: 'vpc', MaxResults: 10 });
  expect(first.Quotas).toHaveLength(10);
  const rest = await quotas.listServiceQuotas({ ServiceCode: 'vpc', MaxResults: 10, NextToken: first.NextToken });
  expect(rest.NextToken).toBeUndefined();
  const { Services } = await quotas.listServices({});
  expect(Services).toContainEqual({ ServiceCode: 'vpc', ServiceName: 'Amazon Virtual Private Cloud (Amazon VPC)' });
  expect(await nameOf(quotas.listServiceQuotas({ ServiceCode: 'nothing' }))).toBe('NoSuchResourceException');
  expect(await nameOf(quotas.getServiceQuota({ ServiceCode: 'vpc', QuotaCode: 'L-00000000' }))).toBe(
    'NoSuchResourceException',
  );
});

test('TagResource: tags of a quota', async () => {
  await using cloud = await start();
  const quotas = cloud.client(ServiceQuotas);
  const ResourceARN = 'arn:aws:servicequotas:us-east-1:000000000000:vpc/L-F678F1CE';
  await quotas.tagResource({ ResourceARN, Tags: [{ Key: 'team', Value: 'net' }] });
  expect((await quotas.listTagsForResource({ ResourceARN })).Tags).toEqual([{ Key: 'team', Value: 'net' }]);
  await quotas.untagResource({ ResourceARN, TagKeys: ['team'] });
  expect((await quotas.listTagsForResource({ ResourceARN })).Tags).toEqual([]);
});

test('quota table: services go by the values that it tells', () => {
  const declared = [...Object.values(vpcLimits), snapshotsMax].filter(
    (limit): limit is Quota => typeof limit === 'object',
  );
  expect(declared.length).toBeGreaterThan(10);
  for (const { service, code, value } of declared)
    expect([code, findQuota(service, code)?.value]).toEqual([code, value]);
});
