import { SSM } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';

const group = { AutoScalingGroupName: 'web' };

const lifecycles = async ({ scaling, ec2 }: Fixture) => {
  const { AutoScalingGroups = [] } = await scaling.describeAutoScalingGroups({});
  const ids = (AutoScalingGroups[0]?.Instances ?? []).map(({ InstanceId }) => InstanceId as string);
  const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: ids });
  return Reservations.flatMap(({ Instances = [] }) => Instances).map((one) => ({
    id: one.InstanceId as string,
    market: one.InstanceLifecycle ?? 'on-demand',
    type: one.InstanceType as string,
  }));
};

const mixed = (distribution: object, types: readonly object[]) => ({
  MixedInstancesPolicy: {
    LaunchTemplate: {
      LaunchTemplateSpecification: { LaunchTemplateName: 'web', Version: '$Latest' },
      Overrides: [...types],
    },
    InstancesDistribution: distribution,
  },
});

test('mixed instances: a base of On-Demand, a share of what is above it, Spot for the rest', async () => {
  await using fixture = await startFixture();
  await fixture.makeGroup({
    DesiredCapacity: 6,
    ...mixed(
      {
        OnDemandBaseCapacity: 1,
        OnDemandPercentageAboveBaseCapacity: 40,
        SpotAllocationStrategy: 'price-capacity-optimized',
      },
      [{ InstanceType: 't3.small' }, { InstanceType: 't3.large' }],
    ),
  });
  const found = await lifecycles(fixture);
  expect(found.filter(({ market }) => market === 'on-demand').map(({ type }) => type)).toEqual(
    Array(3).fill('t3.small'),
  );
  expect(found.filter(({ market }) => market === 'spot').map(({ type }) => type)).toEqual(Array(3).fill('t3.small'));
  await fixture.scaling.setDesiredCapacity({ ...group, DesiredCapacity: 1 });
  await fixture.advance(20);
  expect((await lifecycles(fixture)).map(({ market }) => market)).toEqual(['on-demand']);
});

test('mixed instances: a type without capacity gives way to the next one, and weights count', async () => {
  await using fixture = await startFixture();
  fixture.cloud.faults.add({ kind: 'capacity', instanceType: 't3.small' });
  await fixture.makeGroup({
    DesiredCapacity: 4,
    ...mixed({}, [
      { InstanceType: 't3.small', WeightedCapacity: '1' },
      { InstanceType: 't3.large', WeightedCapacity: '2' },
    ]),
  });
  const { AutoScalingGroups = [] } = await fixture.scaling.describeAutoScalingGroups({});
  const instances = AutoScalingGroups[0]?.Instances ?? [];
  expect(new Set(instances.map(({ InstanceType, WeightedCapacity }) => `${InstanceType} ${WeightedCapacity}`))).toEqual(
    new Set(['t3.large 2']),
  );
  await fixture.advance(60);
  const { AutoScalingGroups: later = [] } = await fixture.scaling.describeAutoScalingGroups({});
  expect(later[0]?.Instances).toHaveLength(2);
});

test('capacity rebalancing: another is launched before a Spot Instance is taken', async () => {
  await using fixture = await startFixture();
  await fixture.makeGroup({
    DesiredCapacity: 2,
    CapacityRebalance: true,
    ...mixed({ OnDemandPercentageAboveBaseCapacity: 0 }, [{ InstanceType: 't3.small' }]),
  });
  const before = await lifecycles(fixture);
  fixture.cloud.faults.add({ kind: 'capacity', zone: 'us-east-1a', market: 'spot' });
  await fixture.advance(90);
  const during = (await fixture.members()).filter(({ state }) => state === 'InService');
  expect(during.length).toBeGreaterThanOrEqual(2);
  await fixture.advance(300);
  const members = await fixture.members();
  expect(members.map(({ zone }) => zone)).toEqual(['us-east-1b', 'us-east-1b']);
  expect(members.filter(({ id }) => before.some((one) => one.id === id))).toHaveLength(1);
  const { Activities = [] } = await fixture.scaling.describeScalingActivities(group);
  expect(Activities.some(({ Cause }) => Cause?.includes('rebalance recommendation') === true)).toBe(true);
});

test('mixed instances: types with the wanted attributes have the architecture of the image', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { Images = [] } = await ec2.describeImages({
    Owners: ['amazon'],
    Filters: [
      { Name: 'name', Values: ['al2023-ami-2023*'] },
      { Name: 'architecture', Values: ['arm64'] },
    ],
  });
  await cloud.client(SSM).putParameter({ Name: '/golden', Type: 'String', Value: Images[0]?.ImageId as string });
  await ec2.createLaunchTemplate({
    LaunchTemplateName: 'arm',
    LaunchTemplateData: { ImageId: 'resolve:ssm:/golden' },
  });
  const CpuManufacturers = ['amazon-web-services', 'amd', 'intel'] as const;
  const InstanceRequirements = {
    VCpuCount: { Min: 2, Max: 4 },
    MemoryMiB: { Min: 2_048, Max: 8_192 },
    CpuManufacturers: [...CpuManufacturers],
  };
  await fixture.makeGroup({
    DesiredCapacity: 2,
    ...mixed({}, [
      { InstanceRequirements, LaunchTemplateSpecification: { LaunchTemplateName: 'arm', Version: '$Latest' } },
    ]),
  });
  const types = (await lifecycles(fixture)).map(({ type }) => type) as 't4g.medium'[];
  expect(types).toHaveLength(2);
  const { InstanceTypes = [] } = await ec2.describeInstanceTypes({ InstanceTypes: types });
  expect(InstanceTypes.flatMap((one) => one.ProcessorInfo?.SupportedArchitectures)).toEqual(
    InstanceTypes.map(() => 'arm64'),
  );
});

test('mixed instances: of types with the wanted attributes, those that the template cannot launch are passed over', async () => {
  await using fixture = await startFixture();
  const { LaunchTemplateVersion } = await fixture.ec2.createLaunchTemplateVersion({
    LaunchTemplateName: 'web',
    SourceVersion: '1',
    LaunchTemplateData: { EbsOptimized: true },
  });
  expect(LaunchTemplateVersion?.VersionNumber).toBe(2);
  const InstanceRequirements = {
    VCpuCount: { Min: 1, Max: 2 },
    MemoryMiB: { Min: 2_048, Max: 4_096 },
    BurstablePerformance: 'required',
  };
  await fixture.makeGroup({ DesiredCapacity: 2, ...mixed({}, [{ InstanceRequirements }]) });
  const types = (await lifecycles(fixture)).map(({ type }) => type);
  expect(types).toHaveLength(2);
  expect(types.filter((type) => type.startsWith('t2.'))).toEqual([]);
});
