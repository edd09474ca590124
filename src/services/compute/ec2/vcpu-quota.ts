// How many vCPUs an account may run, by groups of families.
import { quota } from '../../../kernel/quota.ts';
import { errors } from './errors.ts';
import type { InstanceRow } from './instance-state.ts';
import { familyOf, findType } from './instance-type.ts';
import type { Ec2Context } from './operation.ts';

/**
 * Quotas by code, and the families that count towards them.
 *
 * Differs: AWS starts a new account low (5 vCPUs of the standard families, none of others) and raises by what is used; here an account
 * starts where one stands that has been used for long.
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
const quotas = [
  { code: 'L-1216C47A', spot: 'L-34B43A08', families: /^(?:a|c|d|h1|i|m|r|t|z)(?=\d|g|m)/, vcpus: 20_480 },
  { code: 'L-74FC7D96', spot: 'L-88CF9481', families: /^f/, vcpus: 1_920 },
  { code: 'L-DB2E81BA', spot: 'L-3819A6DF', families: /^(?:g\d|gr|vt)/, vcpus: 3_840 },
  { code: 'L-1945791B', spot: 'L-B5D1601B', families: /^inf/, vcpus: 1_920 },
  { code: 'L-6E869C2A', spot: 'L-85EED4F7', families: /^dl/, vcpus: 1_920 },
  { code: 'L-2C3B7624', spot: 'L-6B0D517C', families: /^trn/, vcpus: 1_920 },
  { code: 'L-417A185B', spot: 'L-7212CCBC', families: /^p/, vcpus: 1_920 },
  { code: 'L-7295265B', spot: 'L-E3A00192', families: /^x/, vcpus: 1_920 },
  { code: 'L-43DA4232', spot: 'L-43DA4232', families: /^u/, vcpus: 3_584 },
  { code: 'L-F7808C92', spot: 'L-F7808C92', families: /^hpc/, vcpus: 1_920 },
] as const;

const standard = quotas[0];
const quotaOf = (type: string) => {
  const family = familyOf(type);
  if (family.startsWith('hpc')) return quotas[9];
  return quotas.find(({ families }) => families.test(family)) ?? standard;
};

interface Machine {
  readonly type: string;
  readonly lifecycle?: InstanceRow['lifecycle'];
  readonly cpu: { readonly cores: number; readonly threads: number };
}

const codeOf = ({ type, lifecycle }: Machine): string => quotaOf(type)[lifecycle === 'spot' ? 'spot' : 'code'];

/** Counted by the type, whatever cores were asked for. */
const sizeOf = ({ type }: Pick<Machine, 'type'>): number => findType(type)?.VCpuInfo?.DefaultVCpus ?? 1;

/** Adds an instance to what counts, or takes it away. */
export function countVcpus({ state }: Ec2Context, row: Machine, sign: 1 | -1): void {
  const quota = codeOf(row);
  const vcpus = (state.vcpuUses.find(quota)?.vcpus ?? 0) + sign * sizeOf(row);
  state.vcpuUses.put({ quota, vcpus: Math.max(0, vcpus) });
}

/** vCPUs that the account may run of a kind. */
const vcpusMax = ({ quotas: granted }: Ec2Context, machine: Machine): number =>
  granted.of(quota('ec2', codeOf(machine), quotaOf(machine.type).vcpus));

/** How many more instances of a kind the quota leaves room for. */
export function roomFor(context: Ec2Context, machine: Machine): number {
  const used = context.state.vcpuUses.find(codeOf(machine))?.vcpus ?? 0;
  return Math.max(0, Math.floor((vcpusMax(context, machine) - used) / sizeOf(machine)));
}

/** @throws VcpuLimitExceeded, or MaxSpotInstanceCountExceeded for Spot */
export function refuseQuota(context: Ec2Context, machine: Machine): never {
  if (machine.lifecycle === 'spot')
    throw errors.other('MaxSpotInstanceCountExceeded', 'Max spot instance count exceeded');
  throw errors.other(
    'VcpuLimitExceeded',
    `You have requested more vCPU capacity than your current vCPU limit of ${vcpusMax(context, machine)} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`,
  );
}
