import { expect, test } from 'vitest';
import type { EC2 } from '@aws-sdk/client-ec2';
import { refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

const image = 'ami-0ed094fb1304fd857';
const specification = { ImageId: image, InstanceType: 'm5.large' as const };

const requestOf = async (ec2: EC2, id: string) =>
  (await ec2.describeSpotInstanceRequests({ SpotInstanceRequestIds: [id] })).SpotInstanceRequests?.[0];

test('RequestSpotInstances: a request is open, then fulfilled by an instance at the Spot price (EC2-12)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { SpotInstanceRequests } = await ec2.requestSpotInstances({ LaunchSpecification: specification });
  const id = SpotInstanceRequests?.[0]?.SpotInstanceRequestId as string;
  expect(SpotInstanceRequests?.[0]).toMatchObject({
    State: 'open',
    Status: { Code: 'pending-evaluation' },
    Type: 'one-time',
  });
  await cloud.clock.advance(2);
  const active = await requestOf(ec2, id);
  expect(active).toMatchObject({ State: 'active', Status: { Code: 'fulfilled' } });
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [active?.InstanceId as string] });
  expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({ InstanceLifecycle: 'spot', SpotInstanceRequestId: id });
  await ec2.cancelSpotInstanceRequests({ SpotInstanceRequestIds: [id] });
  expect(await requestOf(ec2, id)).toMatchObject({
    State: 'cancelled',
    Status: { Code: 'request-canceled-and-instance-running' },
  });
});

test('RequestSpotInstances: a maximum price under the Spot price waits (EC2-12)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { SpotInstanceRequests } = await ec2.requestSpotInstances({
    LaunchSpecification: specification,
    SpotPrice: '0.0001',
  });
  await cloud.clock.advance(2);
  const id = SpotInstanceRequests?.[0]?.SpotInstanceRequestId as string;
  expect(await requestOf(ec2, id)).toMatchObject({ State: 'open', Status: { Code: 'price-too-low' } });
  expect((await ec2.describeInstances()).Reservations).toEqual([]);
  expect((await ec2.describeVolumes()).Volumes).toEqual([]);
  const InstanceMarketOptions = { MarketType: 'spot' as const, SpotOptions: { MaxPrice: '0.0001' } };
  const run = ec2.runInstances({ ...specification, MinCount: 1, MaxCount: 1, InstanceMarketOptions });
  expect((await refusal(run))[0]).toBe('SpotMaxPriceTooLow');
});

test('Spot interruption: two minutes’ notice when capacity runs out, then the instance is taken; a persistent request is open again (EC2-13)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { Instances } = await ec2.runInstances({
    ...specification,
    MinCount: 1,
    MaxCount: 1,
    InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { SpotInstanceType: 'persistent' } },
  });
  const InstanceId = Instances?.[0]?.InstanceId as string;
  const id = Instances?.[0]?.SpotInstanceRequestId as string;
  await cloud.clock.advance(10);
  const fault = cloud.inside.faults.add({ breakage: { kind: 'capacity', market: 'spot' } });
  const stateOf = async () =>
    (await ec2.describeInstances({ InstanceIds: [InstanceId] })).Reservations?.[0]?.Instances?.[0];
  await cloud.clock.advance(60);
  expect((await stateOf())?.State?.Name).toBe('running');
  expect((await requestOf(ec2, id))?.Status?.Code).toBe('marked-for-termination');
  await cloud.clock.advance(114);
  expect(await stateOf()).toMatchObject({
    State: { Name: 'shutting-down' },
    StateReason: { Code: 'Server.SpotInstanceTermination' },
  });
  await cloud.clock.advance(10);
  expect(await requestOf(ec2, id)).toMatchObject({ State: 'open', Status: { Code: 'capacity-not-available' } });
  cloud.inside.faults.end(fault.id);
  await cloud.clock.advance(300);
  expect(await requestOf(ec2, id)).toMatchObject({ State: 'active', Status: { Code: 'fulfilled' } });
});

test('DescribeSpotPriceHistory: prices by zone and product, newest first, the same in every run (EC2-12)', async () => {
  const read = async () => {
    await using fixture = await startFixture();
    const { SpotPriceHistory = [] } = await fixture.ec2.describeSpotPriceHistory({
      InstanceTypes: ['m5.large'],
      ProductDescriptions: ['Linux/UNIX'],
      AvailabilityZone: 'us-east-1a',
      StartTime: new Date('2025-12-31'),
    });
    return SpotPriceHistory;
  };
  const prices = await read();
  expect(prices.map(({ Timestamp }) => Timestamp?.toISOString().slice(0, 13))).toEqual([
    '2026-01-01T00',
    '2025-12-31T18',
    '2025-12-31T12',
    '2025-12-31T06',
    '2025-12-31T00',
  ]);
  expect(Number(prices[0]?.SpotPrice)).toBeGreaterThan(0.01);
  expect(Number(prices[0]?.SpotPrice)).toBeLessThan(0.06);
  expect(await read()).toEqual(prices);
});

async function template(ec2: EC2): Promise<string> {
  const { LaunchTemplate } = await ec2.createLaunchTemplate({
    LaunchTemplateName: 'fleet',
    LaunchTemplateData: { ImageId: image, InstanceType: 'm5.large' },
  });
  return LaunchTemplate?.LaunchTemplateId as string;
}

test('CreateFleet: an instant fleet answers with its instances, and with what was refused', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const LaunchTemplateId = await template(ec2);
  cloud.inside.faults.add({ breakage: { kind: 'capacity', instanceType: 'c5.large' } });
  const input = {
    Type: 'instant' as const,
    LaunchTemplateConfigs: [
      {
        LaunchTemplateSpecification: { LaunchTemplateId, Version: '$Latest' },
        Overrides: [
          { InstanceType: 'c5.large' as const, Priority: 1 },
          { InstanceType: 'm5.large' as const, Priority: 2, WeightedCapacity: 2 },
        ],
      },
    ],
    OnDemandOptions: { AllocationStrategy: 'prioritized' as const },
    TargetCapacitySpecification: { TotalTargetCapacity: 6, DefaultTargetCapacityType: 'on-demand' as const },
  };
  const made = await ec2.createFleet(input);
  expect(made.Instances).toMatchObject([{ Lifecycle: 'on-demand', InstanceType: 'm5.large' }]);
  expect(made.Instances?.[0]?.InstanceIds).toHaveLength(3);
  expect(made.Errors).toMatchObject([
    {
      ErrorCode: 'InsufficientInstanceCapacity',
      LaunchTemplateAndOverrides: { Overrides: { InstanceType: 'c5.large' } },
    },
  ]);
  const { Reservations } = await ec2.describeInstances({
    Filters: [{ Name: 'tag:aws:ec2:fleet-id', Values: [made.FleetId as string] }],
  });
  expect(Reservations?.flatMap(({ Instances }) => Instances ?? [])).toHaveLength(3);
  const refused = await ec2.deleteFleets({ FleetIds: [made.FleetId as string], TerminateInstances: false });
  expect(refused.UnsuccessfulFleetDeletions?.[0]?.Error?.Code).toBe('fleetNotInDeletableState');
  const missing = {
    ...input,
    LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateName: 'none' } }],
  };
  expect((await refusal(ec2.createFleet(missing)))[0]).toBe('InvalidLaunchTemplateName.NotFoundException');
});

test('CreateFleet: a maintain fleet replaces what is lost, follows its target, and ends with its instances', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const LaunchTemplateId = await template(ec2);
  const { FleetId = '' } = await ec2.createFleet({
    LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateId } }],
    TargetCapacitySpecification: {
      TotalTargetCapacity: 3,
      OnDemandTargetCapacity: 1,
      DefaultTargetCapacityType: 'spot',
    },
  });
  await cloud.clock.advance(10);
  const members = async () => (await ec2.describeFleetInstances({ FleetId })).ActiveInstances ?? [];
  const fleet = async () => (await ec2.describeFleets({ FleetIds: [FleetId] })).Fleets?.[0];
  expect(await members()).toHaveLength(3);
  expect(await fleet()).toMatchObject({
    FleetState: 'active',
    ActivityStatus: 'fulfilled',
    FulfilledOnDemandCapacity: 1,
    FulfilledCapacity: 3,
  });
  await ec2.terminateInstances({ InstanceIds: [(await members())[0]?.InstanceId as string] });
  expect(await members()).toHaveLength(2);
  await cloud.clock.advance(20);
  expect(await members()).toHaveLength(3);
  await ec2.modifyFleet({
    FleetId,
    TargetCapacitySpecification: { TotalTargetCapacity: 1, OnDemandTargetCapacity: 1 },
  });
  await cloud.clock.advance(10);
  expect(await members()).toHaveLength(1);
  await ec2.deleteFleets({ FleetIds: [FleetId], TerminateInstances: true });
  await cloud.clock.advance(30);
  expect(await fleet()).toMatchObject({ FleetState: 'deleted' });
  expect(await members()).toEqual([]);
});

test('RequestSpotFleet: fills to its target from launch specifications, and is cancelled with its instances', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { SpotFleetRequestId = '' } = await ec2.requestSpotFleet({
    SpotFleetRequestConfig: {
      IamFleetRole: 'arn:aws:iam::000000000000:role/fleet',
      TargetCapacity: 4,
      AllocationStrategy: 'diversified',
      // In capital letters, as some clients write it, and are shown it.
      ExcessCapacityTerminationPolicy: 'NoTermination' as 'noTermination',
      LaunchSpecifications: [specification, { ...specification, InstanceType: 'c5.large', WeightedCapacity: 1 }],
    },
  });
  await cloud.clock.advance(10);
  const changed = ec2.modifySpotFleetRequest({
    SpotFleetRequestId,
    ExcessCapacityTerminationPolicy: 'Sometimes' as 'default',
  });
  expect((await refusal(changed))[0]).toBe('InvalidParameterValue');
  const { ActiveInstances = [] } = await ec2.describeSpotFleetInstances({ SpotFleetRequestId });
  expect(ActiveInstances.map(({ InstanceType }) => InstanceType).sort()).toEqual([
    'c5.large',
    'c5.large',
    'm5.large',
    'm5.large',
  ]);
  const { SpotFleetRequestConfigs } = await ec2.describeSpotFleetRequests({
    SpotFleetRequestIds: [SpotFleetRequestId],
  });
  expect(SpotFleetRequestConfigs?.[0]).toMatchObject({
    SpotFleetRequestState: 'active',
    ActivityStatus: 'fulfilled',
    SpotFleetRequestConfig: { ExcessCapacityTerminationPolicy: 'NoTermination' },
  });
  const gone = await ec2.cancelSpotFleetRequests({
    SpotFleetRequestIds: [SpotFleetRequestId],
    TerminateInstances: true,
  });
  expect(gone.SuccessfulFleetRequests?.[0]?.CurrentSpotFleetRequestState).toBe('cancelled_terminating');
  await cloud.clock.advance(30);
  expect((await ec2.describeSpotFleetInstances({ SpotFleetRequestId })).ActiveInstances).toEqual([]);
});
