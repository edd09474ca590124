import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { expect, test } from 'vitest';
import { startFixture, zones } from './fixture.ts';

const group = { AutoScalingGroupName: 'web' };

test('AttachLoadBalancers: a classic load balancer gets the instances, and says which are ill (ASG-10)', async () => {
  await using fixture = await startFixture();
  const { scaling, cloud } = fixture;
  const elb = cloud.client(ElasticLoadBalancing);
  await elb.createLoadBalancer({
    LoadBalancerName: 'old',
    Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: 80 }],
    AvailabilityZones: zones,
  });
  await fixture.makeGroup({ HealthCheckType: 'ELB', HealthCheckGracePeriod: 120 });
  await expect(scaling.attachLoadBalancers({ ...group, LoadBalancerNames: ['none'] })).rejects.toMatchObject({
    message: 'Provided Load Balancers may not be valid. Please ensure they exist and try again.',
  });
  await scaling.attachLoadBalancers({ ...group, LoadBalancerNames: ['old'] });
  await fixture.advance(5);
  const { LoadBalancers } = await scaling.describeLoadBalancers(group);
  expect(LoadBalancers).toEqual([{ LoadBalancerName: 'old', State: 'Added' }]);
  const ids = (await fixture.members()).map(({ id }) => id);
  const registered = async () => {
    const { InstanceStates = [] } = await elb.describeInstanceHealth({ LoadBalancerName: 'old' });
    return InstanceStates.map(({ InstanceId }) => InstanceId as string).sort();
  };
  expect(await registered()).toEqual([...ids].sort());
  // The default group of the VPC admits nobody from the load balancer: none passes its checks.
  await fixture.advance(600);
  const members = (await fixture.members()).map(({ id }) => id);
  expect(members.filter((id) => ids.includes(id))).toEqual([]);
  await scaling.detachLoadBalancers({ ...group, LoadBalancerNames: ['old'] });
  await fixture.advance(5);
  expect(await registered()).toEqual([]);
  expect((await scaling.describeLoadBalancers(group)).LoadBalancers).toEqual([]);
});
