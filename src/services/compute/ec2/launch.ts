// Launching instances: everything is checked first, then as many are made as there is room for, at least as many as must be.
import type { Tag } from '@aws-sdk/client-ec2';
import {
  type CapacityWish,
  needsReservation,
  reservationExceeded,
  reservationFor,
  reservedRoom,
} from './capacity-match.ts';
import { usualCredits } from './account-setting.ts';
import { errors, kinds } from './errors.ts';
import { showMapping } from './image-find.ts';
import type { ImageRow } from './image-state.ts';
import { begin } from './instance-life.ts';
import type { InstanceRow, ProfileAssociation } from './instance-state.ts';
import type { TypeInfo } from './instance-type.ts';
import { checkKey, checkOptions, cpuFor, defaultType, getType, imageFor, isBurstable } from './launch-check.ts';
import { attachPlanned, type NetworkPlan, planNetwork, roomInSubnet } from './launch-network.ts';
import { checkCounts, type LaunchRequest } from './launch-request.ts';
import type { Ec2Context } from './operation.ts';
import { planPlacement } from './placement.ts';
import { partTags, putAwsTags, putTags, tagsFor } from './tag.ts';
import { refuseQuota, roomFor } from './vcpu-quota.ts';
import { launchVolumes } from './volume-make.ts';

/** What does not stand in the request. */
export interface LaunchExtras {
  /** The profile that the request names, as IAM knows it. */
  readonly profile?: Pick<ProfileAssociation, 'arn' | 'id'> | undefined;
  readonly lifecycle?: InstanceRow['lifecycle'];
  readonly spotRequestId?: string | undefined;
  readonly fleetId?: string | undefined;
  /** Tags of AWS's own, `aws:…`. */
  readonly awsTags?: readonly Tag[] | undefined;
}

interface Plan {
  readonly request: LaunchRequest;
  readonly extras: LaunchExtras;
  readonly type: TypeInfo;
  readonly image: ImageRow;
  readonly network: NetworkPlan;
  readonly tags: { readonly instance: Tag[]; readonly volume: Tag[]; readonly nic: Tag[] };
  /** Tags of AWS's own for the instance. */
  readonly awsTags: readonly Tag[];
}

export interface Launched {
  readonly reservationId: string;
  readonly rows: readonly InstanceRow[];
}

/** Kinds that a launch can tag. */
const taggable = [kinds.instance, kinds.volume, kinds.networkInterface, kinds.spotRequest];

function plan(context: Ec2Context, request: LaunchRequest, extras: LaunchExtras): Plan {
  checkCounts(request);
  const type = getType(request.InstanceType ?? defaultType);
  const image = imageFor(context, request.ImageId, type);
  checkOptions(request, type, image);
  checkKey(context, request.KeyName);
  const network = planNetwork(context, request, type);
  const parted = (request.TagSpecifications ?? []).map((one) => ({
    ...one,
    ...partTags(context, one.Tags ?? []),
  }));
  const specifications = parted.map(({ ResourceType, users }) => ({ ResourceType, Tags: [...users] }));
  const tagsOf = (kind: (typeof taggable)[number]) => tagsFor(specifications, kind, taggable);
  const given = parted.flatMap(({ ResourceType, own }) => (ResourceType === 'instance' ? own : []));
  return {
    request,
    extras,
    type,
    image,
    network,
    tags: { instance: tagsOf(kinds.instance), volume: tagsOf(kinds.volume), nic: tagsOf(kinds.networkInterface) },
    awsTags: [...given, ...(extras.awsTags ?? [])],
  };
}

/** By which Auto Scaling marks what it launches. */
const groupTag = 'aws:autoscaling:groupName';

/** As many as there is room for. @throws what the least count finds no room in */
function countFor(context: Ec2Context, { request, extras, type, image, network }: Plan): number {
  const { MinCount, MaxCount, TagSpecifications } = request;
  const { lifecycle } = extras;
  const { subnet } = network;
  const market = lifecycle === 'spot' ? 'spot' : 'on-demand';
  const groupName = TagSpecifications?.flatMap(({ Tags }) => Tags ?? []).find(({ Key }) => Key === groupTag)?.Value;
  const launcher = { callerArn: context.caller.arn, groupName, random: context.random };
  const wish: CapacityWish = {
    ...capacityFor(request),
    type: type.InstanceType,
    platformDetails: image.platformDetails,
    zone: subnet.zone,
    lifecycle,
    placement: { tenancy: request.Placement?.Tenancy ?? 'default' },
  };
  // Who has reserved room finds it, however full the zone is.
  const isFull = !context.parts.faults.hasCapacity(subnet.zoneId, type.InstanceType, market, launcher);
  const reserved = isFull || needsReservation(wish) ? reservedRoom(context, wish) : Number.POSITIVE_INFINITY;
  if (reserved < MinCount)
    throw needsReservation(wish) ? reservationExceeded() : noCapacity(context, subnet, type.InstanceType, market);
  const machine = { type: type.InstanceType, lifecycle, cpu: { cores: 1, threads: 1 } };
  const allowed = roomFor(context, machine);
  if (allowed < MinCount) refuseQuota(context, machine);
  const free = roomInSubnet(context, network);
  if (free < MinCount) throw errors.subnetFull(subnet.id);
  return Math.min(MaxCount, allowed, free, reserved);
}

function noCapacity(context: Ec2Context, { zone }: NetworkPlan['subnet'], type: string, market: 'spot' | 'on-demand') {
  if (market === 'spot') return errors.capacity('There is no Spot capacity available that matches your request.');
  const zones = context.state.subnets
    .list()
    .flatMap((row) => (row.defaultForAz && row.zone !== zone ? [row.zone] : []));
  return errors.capacity(
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity. You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${zones.join(', ')}.`,
  );
}

/** Checks a launch as far as it does not depend on what room there is. @throws AWS's error */
export function checkLaunch(context: Ec2Context, request: LaunchRequest, extras: LaunchExtras = {}): void {
  plan(context, request, extras);
}

/** Launches instances. @throws AWS's error for whatever does not fit, before anything is written */
export function launch(context: Ec2Context, request: LaunchRequest, extras: LaunchExtras = {}): Launched {
  const planned = plan(context, request, extras);
  const count = countFor(context, planned);
  const reservationId = context.ids.resource('r');
  const rows = Array.from({ length: count }, (_, at) => launchOne(context, planned, reservationId, at));
  return { reservationId, rows };
}

function launchOne(context: Ec2Context, planned: Plan, reservationId: string, launchIndex: number): InstanceRow {
  const { image, network, tags, request } = planned;
  const row = makeRow(context, planned, reservationId, launchIndex);
  const nics = attachPlanned(context, network, row.id);
  for (const [at, nic] of nics.entries()) {
    if (network.interfaces[at]?.existing === undefined && tags.nic.length > 0)
      putTags(context, nic.id, kinds.networkInterface.type, tags.nic);
  }
  launchVolumes(context, {
    instanceId: row.id,
    zone: row.zone,
    zoneId: row.zoneId,
    rootDevice: image.rootDevice,
    image: image.mappings.map(showMapping),
    wanted: request.BlockDeviceMappings,
    tags: tags.volume,
  });
  if (tags.instance.length > 0) putTags(context, row.id, kinds.instance.type, tags.instance);
  const own = request.Template === undefined ? [] : templateTags(request.Template);
  putAwsTags(context, row.id, kinds.instance.type, [...own, ...planned.awsTags]);
  begin(context, row);
  return row;
}

const templateTags = ({ id, version }: NonNullable<LaunchRequest['Template']>): Tag[] => [
  { Key: 'aws:ec2launchtemplate:id', Value: id },
  { Key: 'aws:ec2launchtemplate:version', Value: String(version) },
];

function makeRow(context: Ec2Context, planned: Plan, reservationId: string, launchIndex: number): InstanceRow {
  const { request, extras, type, image, network } = planned;
  const { subnet } = network;
  const now = context.clock.now();
  const id = context.ids.resource('i');
  const placement = planPlacement(context, request, subnet, type);
  const capacity = capacityFor(request);
  return {
    id,
    reservationId,
    launchIndex,
    clientToken: request.ClientToken ?? '',
    state: 'pending',
    stateAt: now,
    step: 0,
    transitionReason: '',
    createdAt: now,
    launchedAt: now,
    imageId: image.id,
    type: type.InstanceType,
    keyName: request.KeyName,
    ...imageFacts(image, request),
    usageOperationAt: now,
    zone: subnet.zone,
    zoneId: subnet.zoneId,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    placement,
    userData: request.UserData,
    profile:
      extras.profile === undefined
        ? undefined
        : { ...extras.profile, associationId: context.ids.resource('iip-assoc'), state: 'associated', at: now },
    monitoring: request.Monitoring?.Enabled === true ? 'enabled' : 'disabled',
    ebsOptimized: request.EbsOptimized ?? false,
    enaSupport: image.enaSupport,
    sriov: image.sriov,
    metadata: metadataFor(context, request, image),
    credits: creditsFor(context, request, type),
    cpu: {
      ...cpuFor(request, type),
      sevSnp: request.CpuOptions?.AmdSevSnp,
      nested: request.CpuOptions?.NestedVirtualization,
    },
    hibernation: request.HibernationOptions?.Configured ?? false,
    enclave: request.EnclaveOptions?.Enabled ?? false,
    shutdownBehavior: request.InstanceInitiatedShutdownBehavior ?? 'stop',
    disableApiTermination: request.DisableApiTermination ?? false,
    disableApiStop: request.DisableApiStop ?? false,
    autoRecovery: request.MaintenanceOptions?.AutoRecovery ?? 'default',
    rebootMigration: 'default',
    privateDns: {
      hostnameType: request.PrivateDnsNameOptions?.HostnameType ?? subnet.hostnameType,
      a: request.PrivateDnsNameOptions?.EnableResourceNameDnsARecord ?? subnet.nameDnsA,
      aaaa: request.PrivateDnsNameOptions?.EnableResourceNameDnsAAAARecord ?? subnet.nameDnsAaaa,
    },
    publicIp: network.interfaces[0]?.publicIp ?? false,
    lifecycle: extras.lifecycle,
    spotRequestId: extras.spotRequestId,
    fleetId: extras.fleetId,
    ...capacity,
    capacityReservationId: reservationFor(context, {
      ...capacity,
      type: type.InstanceType,
      platformDetails: image.platformDetails,
      zone: subnet.zone,
      lifecycle: extras.lifecycle,
      placement,
    }),
    licenses: request.LicenseSpecifications?.flatMap((one) => one.LicenseConfigurationArn ?? []) ?? [],
    bandwidthWeighting: request.NetworkPerformanceOptions?.BandwidthWeighting,
  };
}

const imageFacts = (image: ImageRow, request: LaunchRequest) => ({
  architecture: image.architecture,
  virtualization: image.virtualization,
  platform: image.platform,
  platformDetails: image.platformDetails,
  usageOperation: image.usageOperation,
  productCodes: image.productCodes,
  rootDevice: image.rootDevice,
  kernelId: request.KernelId ?? image.kernelId,
  ramdiskId: request.RamdiskId ?? image.ramdiskId,
  bootMode: image.bootMode,
  tpmSupport: image.tpmSupport,
});

/** The request's word, else the account's, else the image's, else AWS's. */
function metadataFor(
  { state }: Ec2Context,
  { MetadataOptions }: LaunchRequest,
  image: ImageRow,
): InstanceRow['metadata'] {
  const usual = state.instanceSettings.find('instances')?.metadata ?? {};
  const isNew = image.imdsSupport === 'v2.0';
  const hops = MetadataOptions?.HttpPutResponseHopLimit;
  return {
    tokens: MetadataOptions?.HttpTokens ?? usual.tokens ?? (isNew ? 'required' : 'optional'),
    hopLimit: hops === undefined || hops === -1 ? (usual.hopLimit ?? (isNew ? 2 : 1)) : hops,
    endpoint: MetadataOptions?.HttpEndpoint ?? usual.endpoint ?? 'enabled',
    ipv6: MetadataOptions?.HttpProtocolIpv6 ?? 'disabled',
    tags: MetadataOptions?.InstanceMetadataTags ?? usual.tags ?? 'disabled',
  };
}

function creditsFor(
  context: Ec2Context,
  { CreditSpecification }: LaunchRequest,
  type: TypeInfo,
): InstanceRow['credits'] {
  if (!isBurstable(type)) return undefined;
  const [family = ''] = type.InstanceType.split('.');
  return (CreditSpecification?.CpuCredits as InstanceRow['credits']) ?? usualCredits(context, family);
}

function capacityFor({
  CapacityReservationSpecification: wanted,
}: LaunchRequest): Pick<InstanceRow, 'capacityPreference' | 'capacityTarget'> {
  const target = wanted?.CapacityReservationTarget;
  if (target !== undefined && wanted?.CapacityReservationPreference !== undefined)
    throw errors.combination(
      'The parameter capacityReservationPreference cannot be used with the parameter capacityReservationTarget',
    );
  return {
    capacityPreference: wanted?.CapacityReservationPreference ?? 'open',
    capacityTarget:
      target === undefined
        ? undefined
        : { id: target.CapacityReservationId, groupArn: target.CapacityReservationResourceGroupArn },
  };
}
