// What runs inside an instance follows the instance's life: it boots when the instance runs, halts when it stops, and is gone with it.
import { key } from '../../../kernel/key.ts';
import type { GuestSpec } from '../../../guests/guest.ts';
import type { InstanceRebooted } from './facts.ts';
import { mebibyte } from '../../../kernel/units.ts';
import type { InstanceRow } from './instance-state.ts';
import { findType } from './instance-type.ts';
import type { Ec2Context } from './operation.ts';

const tagsOf = ({ state }: Ec2Context, id: string): (readonly [string, string])[] =>
  state.tags.list({ prefix: key(id) }).map((row) => [row.key, row.value]);

/** What an image says of its guests (`hakoniwa:…`) is good for each instance of it that says nothing else. */
function tagsOfGuest(context: Ec2Context, id: string): Record<string, string> {
  const imageId = context.state.instances.find(id)?.imageId;
  const ofImage =
    imageId === undefined ? [] : tagsOf(context, imageId).filter(([name]) => name.startsWith('hakoniwa:'));
  return Object.fromEntries([...ofImage, ...tagsOf(context, id)]);
}

function specOf(context: Ec2Context, row: InstanceRow): GuestSpec {
  const { account, region, state } = context;
  const memoryMib = findType(row.type)?.MemoryInfo?.SizeInMiB;
  const nic = state.interfaces.index('instance').first({ prefix: key(row.id, 0) });
  return {
    instanceId: row.id,
    account,
    region,
    zoneName: row.zone,
    zoneId: row.zoneId,
    vpcId: row.vpcId,
    subnetId: row.subnetId,
    interfaceId: nic?.id ?? '',
    privateIp: nic?.addresses[0]?.ip ?? '',
    imageId: row.imageId,
    instanceType: row.type,
    vcpus: row.cpu.cores * row.cpu.threads,
    memoryBytes: memoryMib === undefined ? undefined : memoryMib * mebibyte,
    userData: row.userData === undefined ? undefined : Buffer.from(row.userData, 'base64').toString('utf8'),
    tags: tagsOfGuest(context, row.id),
    roleArn: row.profile?.arn,
  };
}

/** Lets the guest do what the instance has just done. */
export function followInstance(context: Ec2Context, row: InstanceRow): void {
  const { guests } = context.parts;
  if (row.state === 'running') guests.boot(specOf(context, row));
  else if (row.state === 'stopping' || row.state === 'shutting-down') guests.halt(row.id);
  else if (row.state === 'terminated') guests.remove(row.id);
}

/** Tells guests of their instances' tags. */
export function retagGuests(context: Ec2Context, ids: readonly string[]): void {
  for (const id of ids) if (id.startsWith('i-')) context.parts.guests.retag(id, tagsOfGuest(context, id));
}

/** The machine starts anew; the instance stays `running`. */
export function rebootGuest({ parts, facts, clock }: Ec2Context, { id }: InstanceRow): void {
  parts.guests.reboot(id);
  const fact: InstanceRebooted = { instanceId: id, at: clock.now() };
  facts.publish('ec2.InstanceRebooted', fact);
}
