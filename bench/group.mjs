// Auto Scaling in one process: a quiet week of twenty instances, and a whole day of a load wave that a group follows;
// milliseconds of CPU.
import { startCloud } from '../dist/embed/index.js';

const day = 86_400;
const image = 'ami-0ed094fb1304fd857';
const target = { PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' }, TargetValue: 50 };

const timed = async (work) => {
  const from = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};

async function open() {
  const cloud = await startCloud({ seed: 1, clock: { kind: 'frozen' }, startAt: new Date('2026-03-02T09:00:00Z') });
  return { cloud, call: (service, operation, input) => cloud.inside.call(service, operation, input) };
}

const track = ({ call }) =>
  call('auto-scaling', 'PutScalingPolicy', {
    AutoScalingGroupName: 'web',
    PolicyName: 'cpu',
    PolicyType: 'TargetTrackingScaling',
    EstimatedInstanceWarmup: 120,
    TargetTrackingConfiguration: target,
  });

async function week() {
  const house = await open();
  const { cloud, call } = house;
  await call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'web',
    LaunchTemplateData: { ImageId: image, InstanceType: 't3.micro' },
  });
  await call('auto-scaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: 'web',
    MinSize: 20,
    MaxSize: 40,
    AvailabilityZones: ['us-east-1a', 'us-east-1b'],
    LaunchTemplate: { LaunchTemplateName: 'web' },
  });
  await cloud.clock.advance(60);
  await call('auto-scaling', 'EnableMetricsCollection', { AutoScalingGroupName: 'web', Granularity: '1Minute' });
  await track(house);
  const ms = await timed(() => cloud.clock.advance(7 * day));
  await cloud.close();
  return ms;
}

async function wave() {
  const house = await open();
  const { cloud, call } = house;
  const { Subnets } = await call('ec2', 'DescribeSubnets', {
    Filters: [{ Name: 'availability-zone', Values: ['us-east-1a', 'us-east-1b'] }],
  });
  const subnets = Subnets.map(({ SubnetId }) => SubnetId);
  const [{ VpcId }] = Subnets;
  const { GroupId } = await call('ec2', 'CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId });
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await call('ec2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [http] });
  const elb = (operation, input) => call('elastic-load-balancing-v2', operation, input);
  const { LoadBalancers } = await elb('CreateLoadBalancer', {
    Name: 'web',
    Subnets: subnets,
    SecurityGroups: [GroupId],
  });
  const { TargetGroups } = await elb('CreateTargetGroup', { Name: 'web', Protocol: 'HTTP', Port: 80, VpcId });
  const [{ TargetGroupArn }] = TargetGroups;
  await elb('CreateListener', {
    LoadBalancerArn: LoadBalancers[0].LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  await call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'web',
    LaunchTemplateData: {
      ImageId: image,
      InstanceType: 't3.micro',
      SecurityGroupIds: [GroupId],
      Monitoring: { Enabled: true },
    },
  });
  await call('auto-scaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: 'web',
    MinSize: 2,
    MaxSize: 10,
    VPCZoneIdentifier: subnets.join(),
    TargetGroupARNs: [TargetGroupArn],
    HealthCheckType: 'ELB',
    HealthCheckGracePeriod: 60,
    LaunchTemplate: { LaunchTemplateName: 'web' },
  });
  await cloud.clock.advance(120);
  await track(house);
  await cloud.load.add({ balancer: 'web', shape: 'sine', low: 20, high: 600, period: '24h' });
  let most = 0;
  const ms = await timed(async () => {
    for (let hour = 0; hour < 24; hour++) {
      await cloud.clock.advance(3_600);
      const { AutoScalingGroups } = await call('auto-scaling', 'DescribeAutoScalingGroups', {});
      most = Math.max(most, AutoScalingGroups[0].Instances.length);
    }
  });
  await cloud.close();
  if (most < 6) throw new Error(`the group grew to ${most} instances only`);
  return ms;
}

console.log(JSON.stringify({ weekMs: await week(), dayMs: await wave() }));
