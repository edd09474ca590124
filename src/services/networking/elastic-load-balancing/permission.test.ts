import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { IAM } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { http, makeClassicSite, name } from './fixture.ts';

test('Permissions: a policy on one load balancer allows that one, by its name in the ARN', async () => {
  await using site = await makeClassicSite('permissions');
  await site.elb.createLoadBalancer({
    LoadBalancerName: 'other',
    Listeners: [http],
    AvailabilityZones: ['us-east-1a'],
  });
  const iam = site.cloud.client(IAM);
  await iam.createUser({ UserName: 'ann' });
  await iam.putUserPolicy({
    UserName: 'ann',
    PolicyName: 'web',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'elasticloadbalancing:*',
          Resource: `arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/${name}`,
        },
      ],
    }),
  });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ann' });
  const ann = site.cloud.client(ElasticLoadBalancing, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  await ann.deleteLoadBalancer({ LoadBalancerName: name });
  await expect(ann.deleteLoadBalancer({ LoadBalancerName: 'other' })).rejects.toMatchObject({
    Code: 'AccessDenied',
    message: expect.stringContaining(
      'elasticloadbalancing:DeleteLoadBalancer on resource: arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/other',
    ),
  });
});
