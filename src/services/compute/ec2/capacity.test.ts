import { expect, test } from 'vitest';
import { refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

const image = 'ami-0ed094fb1304fd857';

test('CreateCapacityReservation: room in a zone, used by instances that target it, until it is cancelled', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const input = {
    InstanceType: 'm5.large',
    InstancePlatform: 'Linux/UNIX' as const,
    AvailabilityZone: 'us-east-1a',
    InstanceCount: 2,
  };
  const { CapacityReservation } = await ec2.createCapacityReservation(input);
  const CapacityReservationId = CapacityReservation?.CapacityReservationId as string;
  expect(CapacityReservation).toMatchObject({
    State: 'active',
    TotalInstanceCount: 2,
    AvailableInstanceCount: 2,
    EndDateType: 'unlimited',
  });
  await ec2.runInstances({
    ImageId: image,
    InstanceType: 'm5.large',
    MinCount: 1,
    MaxCount: 1,
    Placement: { AvailabilityZone: 'us-east-1a' },
    CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId } },
  });
  expect((await ec2.getCapacityReservationUsage({ CapacityReservationId })).AvailableInstanceCount).toBe(1);
  await ec2.cancelCapacityReservation({ CapacityReservationId });
  expect((await refusal(ec2.cancelCapacityReservation({ CapacityReservationId })))[0]).toBe(
    'InvalidCapacityReservationState',
  );
  expect((await refusal(ec2.createCapacityReservation({ ...input, EndDateType: 'limited' })))[0]).toBe(
    'MissingParameter',
  );
  const limited = await ec2.createCapacityReservation({
    ...input,
    EndDateType: 'limited',
    EndDate: new Date('2026-01-02'),
  });
  await cloud.clock.advance(86_400);
  const { CapacityReservations } = await ec2.describeCapacityReservations({
    CapacityReservationIds: [limited.CapacityReservation?.CapacityReservationId as string],
  });
  expect(CapacityReservations?.[0]?.State).toBe('expired');
});

test('AllocateHosts: instances stand on a host, which is not released before them', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { HostIds = [] } = await ec2.allocateHosts({
    InstanceType: 'm5.large',
    AvailabilityZone: 'us-east-1a',
    Quantity: 1,
  });
  const HostId = HostIds[0] as string;
  const { Instances } = await ec2.runInstances({
    ImageId: image,
    InstanceType: 'm5.large',
    MinCount: 1,
    MaxCount: 1,
    Placement: { HostId, AvailabilityZone: 'us-east-1a' },
  });
  expect(Instances?.[0]?.Placement).toMatchObject({ HostId, Tenancy: 'host' });
  const { Hosts } = await ec2.describeHosts({ HostIds });
  expect(Hosts?.[0]?.Instances).toEqual([
    { InstanceId: Instances?.[0]?.InstanceId, InstanceType: 'm5.large', OwnerId: '000000000000' },
  ]);
  expect((await ec2.releaseHosts({ HostIds })).Unsuccessful?.[0]?.Error?.Code).toBe('Client.InvalidHost.Occupied');
  await ec2.terminateInstances({ InstanceIds: [Instances?.[0]?.InstanceId as string] });
  await cloud.clock.advance(5);
  expect((await ec2.releaseHosts({ HostIds })).Successful).toEqual(HostIds);
});

test('PurchaseReservedInstancesOffering: bought, active, split in sizes of the same footprint, retired at the end (EC2-14)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { ReservedInstancesOfferings = [] } = await ec2.describeReservedInstancesOfferings({
    InstanceType: 'm5.xlarge',
    ProductDescription: 'Linux/UNIX',
    OfferingClass: 'standard',
    OfferingType: 'All Upfront',
    MaxDuration: 31_536_000,
    Filters: [{ Name: 'scope', Values: ['Region'] }],
  });
  expect(ReservedInstancesOfferings).toHaveLength(1);
  expect(ReservedInstancesOfferings[0]?.FixedPrice).toBeGreaterThan(0);
  const { ReservedInstancesId = '' } = await ec2.purchaseReservedInstancesOffering({
    ReservedInstancesOfferingId: ReservedInstancesOfferings[0]?.ReservedInstancesOfferingId,
    InstanceCount: 1,
  });
  const states = async () =>
    (await ec2.describeReservedInstances()).ReservedInstances?.map((one) => [
      one.InstanceType,
      one.InstanceCount,
      one.State,
    ]).sort();
  expect(await states()).toEqual([['m5.xlarge', 1, 'payment-pending']]);
  await cloud.clock.advance(10);
  const split = (count: number) =>
    ec2.modifyReservedInstances({
      ReservedInstancesIds: [ReservedInstancesId],
      TargetConfigurations: [{ InstanceType: 'm5.large', InstanceCount: count }],
    });
  expect((await refusal(split(3)))[0]).toBe('InvalidParameter');
  await split(2);
  expect(await states()).toEqual([
    ['m5.large', 2, 'active'],
    ['m5.xlarge', 1, 'retired'],
  ]);
  await cloud.clock.advance(366 * 86_400);
  expect((await states())?.map((one) => one[2])).toEqual(['retired', 'retired']);
});

test('PurchaseScheduledInstances: refused, as they are not sold any more (EC2-15)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const buy = ec2.purchaseScheduledInstances({ PurchaseRequests: [{ InstanceCount: 1, PurchaseToken: 'x' }] });
  expect((await refusal(buy))[0]).toBe('UnsupportedOperation');
  expect((await ec2.describeScheduledInstances({})).ScheduledInstanceSet).toEqual([]);
});

test('CreateInstanceEventWindow, serial console, metadata defaults, ID formats: kept and shown', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { InstanceEventWindow } = await ec2.createInstanceEventWindow({
    Name: 'nights',
    CronExpression: '* 21-23 * * 2,3',
  });
  const InstanceEventWindowId = InstanceEventWindow?.InstanceEventWindowId as string;
  await ec2.associateInstanceEventWindow({
    InstanceEventWindowId,
    AssociationTarget: { InstanceTags: [{ Key: 'a', Value: 'b' }] },
  });
  expect((await refusal(ec2.deleteInstanceEventWindow({ InstanceEventWindowId })))[0]).toBe('DependencyViolation');
  await ec2.deleteInstanceEventWindow({ InstanceEventWindowId, ForceDelete: true });
  expect((await ec2.describeInstanceEventWindows()).InstanceEventWindows).toEqual([]);
  expect((await ec2.enableSerialConsoleAccess()).SerialConsoleAccessEnabled).toBe(true);
  expect((await ec2.getSerialConsoleAccessStatus()).SerialConsoleAccessEnabled).toBe(true);
  await ec2.modifyInstanceMetadataDefaults({ HttpTokens: 'required', HttpPutResponseHopLimit: 7 });
  const { Instances } = await ec2.runInstances({ ImageId: image, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 });
  expect(Instances?.[0]?.MetadataOptions?.HttpPutResponseHopLimit).toBe(7);
  expect((await ec2.describeIdFormat({ Resource: 'instance' })).Statuses).toEqual([
    { Resource: 'instance', UseLongIds: true },
  ]);
});

test('CreateCapacityReservation: an open one takes every instance that matches, from the next start at the latest', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const launch = (more: object = {}) =>
    ec2.runInstances({
      ImageId: image,
      InstanceType: 'm5.large',
      MinCount: 1,
      MaxCount: 1,
      Placement: { AvailabilityZone: 'us-east-1a' },
      ...more,
    });
  const reserve = (more: object = {}) =>
    ec2.createCapacityReservation({
      InstanceType: 'm5.large',
      InstancePlatform: 'Linux/UNIX',
      AvailabilityZone: 'us-east-1a',
      InstanceCount: 2,
      ...more,
    });
  const before = await launch();
  await cloud.clock.advance(10);
  const CapacityReservationId = (await reserve()).CapacityReservation?.CapacityReservationId as string;
  const room = async () => (await ec2.getCapacityReservationUsage({ CapacityReservationId })).AvailableInstanceCount;
  expect(await room()).toBe(1);
  const none = await launch({ CapacityReservationSpecification: { CapacityReservationPreference: 'none' } });
  const elsewhere = await launch({ Placement: { AvailabilityZone: 'us-east-1b' } });
  const larger = await launch({ InstanceType: 'm5.xlarge' });
  for (const one of [none, elsewhere, larger]) expect(one.Instances?.[0]?.CapacityReservationId).toBeUndefined();
  const second = await launch();
  expect(second.Instances?.[0]?.CapacityReservationId).toBe(CapacityReservationId);
  expect(await room()).toBe(0);
  const target = { CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId } } };
  expect((await refusal(launch(target)))[0]).toBe('ReservationCapacityExceeded');
  const only = { CapacityReservationSpecification: { CapacityReservationPreference: 'capacity-reservations-only' } };
  expect((await refusal(launch(only)))[0]).toBe('ReservationCapacityExceeded');
  const InstanceIds = [before.Instances?.[0]?.InstanceId as string];
  const reservationOf = async () =>
    (await ec2.describeInstances({ InstanceIds })).Reservations?.[0]?.Instances?.[0]?.CapacityReservationId;
  expect(await reservationOf()).toBe(CapacityReservationId);
  await ec2.stopInstances({ InstanceIds });
  await cloud.clock.advance(10);
  expect([await room(), await reservationOf()]).toEqual([1, undefined]);
  await ec2.startInstances({ InstanceIds });
  expect([await room(), await reservationOf()]).toEqual([0, CapacityReservationId]);
  await ec2.cancelCapacityReservation({ CapacityReservationId });
  expect(await reservationOf()).toBeUndefined();
});

test('CreateCapacityReservation: reserved room is there when the zone is full', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { CapacityReservation } = await ec2.createCapacityReservation({
    InstanceType: 'm5.large',
    InstancePlatform: 'Linux/UNIX',
    AvailabilityZone: 'us-east-1a',
    InstanceCount: 1,
  });
  cloud.faults.add({ kind: 'capacity', zone: CapacityReservation?.AvailabilityZoneId as string });
  const launch = (MinCount: number) =>
    ec2.runInstances({
      ImageId: image,
      InstanceType: 'm5.large',
      MinCount,
      MaxCount: 2,
      Placement: { AvailabilityZone: 'us-east-1a' },
    });
  expect((await refusal(launch(2)))[0]).toBe('InsufficientInstanceCapacity');
  const { Instances } = await launch(1);
  expect(Instances).toHaveLength(1);
  expect((await refusal(launch(1)))[0]).toBe('InsufficientInstanceCapacity');
});
