// Issued credentials may do what their policies say, in services that know nothing of IAM themselves.
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAM } from '@aws-sdk/client-iam';
import { SSM } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { startCloud } from '../../src/embed/index.ts';

async function userWith(cloud: Awaited<ReturnType<typeof startCloud>>, statements: readonly object[]) {
  const iam = cloud.client(IAM);
  await iam.createUser({ UserName: 'ann' });
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await iam.putUserPolicy({ UserName: 'ann', PolicyName: 'p', PolicyDocument });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ann' });
  return {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  };
}

test('IAM: resources of an operation are those that the service authorization reference names (IAM-01, DRL-36)', async () => {
  await using cloud = await startCloud({ seed: 'permissions' });
  const arn = 'arn:aws:ssm:us-east-1:000000000000:parameter/app/*';
  const config = await userWith(cloud, [
    { Effect: 'Allow', Action: ['ssm:PutParameter', 'ssm:GetParameter'], Resource: arn },
  ]);
  const ssm = cloud.client(SSM, config);
  await ssm.putParameter({ Name: '/app/colour', Value: 'blue', Type: 'String' });
  expect((await ssm.getParameter({ Name: '/app/colour' })).Parameter?.Value).toBe('blue');
  await expect(ssm.putParameter({ Name: '/other/colour', Value: 'red', Type: 'String' })).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(
      'ssm:PutParameter on resource: arn:aws:ssm:us-east-1:000000000000:parameter/other/colour',
    ),
  });
});

test('IAM: an operation has the action that AWS names it by, whatever the service is called', async () => {
  await using cloud = await startCloud({ seed: 'prefixes' });
  const config = await userWith(cloud, [
    { Effect: 'Allow', Action: ['elasticloadbalancing:Describe*', 'ec2:DescribeVpcs'], Resource: '*' },
  ]);
  const elb = cloud.client(ElasticLoadBalancingV2, config);
  expect((await elb.describeLoadBalancers({})).LoadBalancers).toEqual([]);
  await expect(
    elb.createTargetGroup({ Name: 'web', Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1' }),
  ).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('is not authorized to perform: elasticloadbalancing:CreateTargetGroup'),
  });
  const ec2 = cloud.client(EC2, config);
  expect((await ec2.describeVpcs({})).Vpcs).toHaveLength(1);
  await expect(ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});
