import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { type Fixture, loadAlarm, startFixture } from './fixture.ts';

/** A client of a fresh IAM user who may do what the statement says. */
async function userOf({ cloud }: Fixture, ...statements: object[]): Promise<CloudWatch> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  });
  await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId as string,
    secretAccessKey: AccessKey?.SecretAccessKey as string,
  };
  return cloud.client(CloudWatch, { credentials });
}

const denied = { name: expect.stringMatching(/^AccessDenied/) };

test('a user may send data to the namespace that a policy names, and to no other', async () => {
  await using fixture = await startFixture();
  const Condition = { StringEquals: { 'cloudwatch:namespace': 'App' } };
  const user = await userOf(fixture, { Action: 'cloudwatch:PutMetricData', Resource: '*', Condition });
  const MetricData = [{ MetricName: 'm', Value: 1 }];
  await user.putMetricData({ Namespace: 'App', MetricData });
  await expect(user.putMetricData({ Namespace: 'Other', MetricData })).rejects.toMatchObject(denied);
});

test('a user may change and delete the alarms that a policy names, and tag them only when allowed', async () => {
  await using fixture = await startFixture();
  const Resource = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:mine*';
  const user = await userOf(fixture, { Action: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'], Resource });
  await user.putMetricAlarm(loadAlarm({ AlarmName: 'mine-1' }));
  await expect(user.putMetricAlarm(loadAlarm({ AlarmName: 'other' }))).rejects.toMatchObject(denied);
  const Tags = [{ Key: 'a', Value: '1' }];
  await expect(user.putMetricAlarm(loadAlarm({ AlarmName: 'mine-2', Tags }))).rejects.toMatchObject(denied);
  await expect(user.deleteAlarms({ AlarmNames: ['mine-1', 'other'] })).rejects.toMatchObject(denied);
  await user.deleteAlarms({ AlarmNames: ['mine-1'] });
});
