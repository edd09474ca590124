// What an instance's metadata service tells, as a tree of paths: a leaf is text, a folder lists the names in it.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html
import type { Machine, MachineInterface } from '../kernel/machine.ts';
import { type Instant, toDate } from '../kernel/units.ts';

/** A member that is undefined is not there. */
export interface Folder {
  readonly [name: string]: Entry | undefined;
}

/** Text, a folder, or a promise of one, which is made when somebody asks for it. */
export type Entry = string | Uint8Array | Folder | (() => Promise<Entry | undefined>);

/** Keys of the role that an instance has. */
export interface RoleKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly token: string;
  readonly updatedAt: Instant;
  readonly expiresAt: Instant;
}

/** Whom a machine's tree asks for what takes time to find out. */
export interface RoleSource {
  /** Names of the roles in its profile; undefined when the profile is gone. */
  names(): Promise<readonly string[] | undefined>;
  /** `refused`: EC2 may not assume it. */
  keys(role: string): Promise<RoleKeys | 'refused'>;
}

export const isFolder = (entry: Entry): entry is Folder => typeof entry === 'object' && !(entry instanceof Uint8Array);

/** Without fractions of a second, as the service writes instants. */
const time = (at: Instant): string => `${toDate(at).toISOString().slice(0, 19)}Z`;

const pretty = (value: object): string => JSON.stringify(value, undefined, 2);

const lines = (values: readonly string[]): string | undefined => (values.length === 0 ? undefined : values.join('\n'));

/** Versions under which the service answers; all give the same tree. */
export const versions = [
  '1.0',
  '2007-01-19',
  '2009-04-04',
  '2016-09-02',
  '2018-09-24',
  '2021-07-15',
  '2022-09-24',
  '2024-04-11',
  'latest',
];

/**
 * `dynamic/instance-identity/document`.
 *
 * Differs: AWS signs it (`pkcs7`, `rsa2048`, `signature`) with a key that only AWS has; here those paths are not found.
 */
function identityDocument(machine: Machine): string {
  const { productCodes, kernelId = null, ramdiskId = null } = machine;
  return pretty({
    accountId: machine.account,
    architecture: machine.architecture,
    availabilityZone: machine.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: productCodes.length === 0 ? null : productCodes,
    imageId: machine.imageId,
    instanceId: machine.id,
    instanceType: machine.type,
    kernelId,
    pendingTime: time(machine.launchedAt),
    privateIp: machine.interfaces[0]?.addresses[0]?.private ?? null,
    ramdiskId,
    region: machine.region,
    version: '2017-09-30',
  });
}

function interfaceFolder(nic: MachineInterface): Folder {
  const { addresses, groups } = nic;
  const associations = addresses.flatMap((one) =>
    one.public === undefined ? [] : [[one.public, one.private] as const],
  );
  return {
    'device-number': String(nic.deviceIndex),
    'interface-id': nic.id,
    'ipv4-associations': associations.length === 0 ? undefined : Object.fromEntries(associations),
    ipv6s: lines(nic.ipv6),
    'local-hostname': nic.privateName,
    'local-ipv4s': lines(addresses.map((one) => one.private)),
    mac: nic.mac,
    'owner-id': nic.ownerId,
    'public-hostname': associations.length === 0 ? undefined : nic.publicName,
    'public-ipv4s': lines(associations.map(([outside]) => outside)),
    'security-group-ids': lines(groups.map(({ id }) => id)),
    'security-groups': lines(groups.map(({ name }) => name)),
    'subnet-id': nic.subnetId,
    'subnet-ipv4-cidr-block': nic.subnetCidr,
    'subnet-ipv6-cidr-blocks': lines(nic.subnetIpv6Cidrs),
    'vpc-id': nic.vpcId,
    'vpc-ipv4-cidr-block': nic.vpcCidrs[0],
    'vpc-ipv4-cidr-blocks': lines(nic.vpcCidrs),
    'vpc-ipv6-cidr-blocks': lines(nic.vpcIpv6Cidrs),
  };
}

function roleFolder(machine: Machine, roles: RoleSource): Folder {
  const updated = time(machine.launchedAt);
  const { arn = '', id = '' } = machine.profile ?? {};
  return {
    info: async () => {
      const found = await roles.names();
      return found === undefined
        ? pretty({
            Code: 'InstanceProfileNotFound',
            Message: `Instance Profile ${arn} cannot be found.  Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.`,
            LastUpdated: updated,
          })
        : pretty({ Code: 'Success', LastUpdated: updated, InstanceProfileArn: arn, InstanceProfileId: id });
    },
    'security-credentials': async () => {
      const names = (await roles.names()) ?? [];
      return Object.fromEntries(names.map((role) => [role, () => keysOf(role, roles, updated)]));
    },
  };
}

async function keysOf(role: string, roles: RoleSource, updated: string): Promise<string> {
  const keys = await roles.keys(role);
  if (keys === 'refused') {
    return pretty({
      Code: 'AssumeRoleUnauthorizedAccess',
      Message: `EC2 cannot assume the role ${role}.  Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.`,
      LastUpdated: updated,
    });
  }
  return pretty({
    Code: 'Success',
    LastUpdated: time(keys.updatedAt),
    Type: 'AWS-HMAC',
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    Token: keys.token,
    Expiration: time(keys.expiresAt),
  });
}

function devicesFolder({ rootDevice, devices }: Machine): Folder {
  const named = devices.map((device, at) => [`ebs${at + 1}`, device.replace(/^\/dev\//, '')] as const);
  return { ami: rootDevice, ...Object.fromEntries(named), root: rootDevice };
}

function spotFolder({ interruption }: Machine): Folder | undefined {
  if (interruption === undefined) return undefined;
  const at = time(interruption.at);
  return {
    'instance-action': `{"action":"${interruption.action}","time":"${at}"}`,
    'termination-time': interruption.action === 'terminate' ? at : undefined,
  };
}

/** The key pair's public half; the list of keys is written as `0=name`. */
function keysFolder({ key }: Machine): Folder | undefined {
  return key === undefined ? undefined : { [`0=${key.name}`]: { 'openssh-key': `${key.publicKey.trim()}\n` } };
}

function metaData(machine: Machine, roles: RoleSource): Folder {
  const [primary] = machine.interfaces;
  const address = primary?.addresses[0];
  const macs = machine.interfaces.map((nic) => [nic.mac, interfaceFolder(nic)] as const);
  return {
    'ami-id': machine.imageId,
    'ami-launch-index': String(machine.launchIndex),
    'ami-manifest-path': '(unknown)',
    'block-device-mapping': devicesFolder(machine),
    events: { maintenance: { history: '[]', scheduled: '[]' } },
    hibernation: { configured: String(machine.hibernation) },
    hostname: machine.hostName,
    iam: machine.profile === undefined ? undefined : roleFolder(machine, roles),
    'instance-action': 'none',
    'instance-id': machine.id,
    'instance-life-cycle': machine.lifeCycle,
    'instance-type': machine.type,
    ipv6: primary?.ipv6[0],
    'kernel-id': machine.kernelId,
    'local-hostname': machine.hostName,
    'local-ipv4': address?.private,
    mac: primary?.mac,
    network: { interfaces: { macs: Object.fromEntries(macs) } },
    placement: {
      'availability-zone': machine.zone,
      'availability-zone-id': machine.zoneId,
      'group-name': machine.groupName,
      'host-id': machine.hostId,
      'partition-number': machine.partition === undefined ? undefined : String(machine.partition),
      region: machine.region,
    },
    'product-codes': lines(machine.productCodes),
    profile: 'default-hvm',
    'public-hostname': address?.public === undefined ? undefined : primary?.publicName,
    'public-ipv4': address?.public,
    'public-keys': keysFolder(machine),
    'ramdisk-id': machine.ramdiskId,
    'reservation-id': machine.reservationId,
    'security-groups': lines(primary?.groups.map(({ name }) => name) ?? []),
    services: { domain: machine.dnsSuffix, partition: machine.dnsSuffix.endsWith('.cn') ? 'aws-cn' : 'aws' },
    spot: spotFolder(machine),
    system: 'nitro',
    tags: machine.access.tags === 'enabled' ? { instance: { ...machine.tags } } : undefined,
  };
}

/** The tree below a version. */
export const machineTree = (machine: Machine, roles: RoleSource): Folder => ({
  dynamic: { 'instance-identity': { document: identityDocument(machine) } },
  'meta-data': metaData(machine, roles),
  'user-data': machine.userData,
});
