// Tags: one table for all kinds of resources, so that no resource needs code of its own for them.
import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors, type Kind, kinds, missing } from './errors.ts';
import { retagGuests } from './instance-guest.ts';
import { list } from './list.ts';
import { noteLoads } from './volume-load.ts';
import type { Ec2Context, Operation } from './operation.ts';
import type { TagRow } from './state.ts';

/** Limit: 50 tags a resource, without those of AWS. */
const tagsMax = 50;
const keyLengthMax = 128;
const valueLengthMax = 256;

export const tagKey = (row: { readonly resourceId: string; readonly key: string }): string =>
  key(row.resourceId, row.key);

/** The tags of a resource, as answers show them. */
export const tagsOf = ({ state }: Ec2Context, resourceId: string): Tag[] =>
  state.tags.list({ prefix: key(resourceId) }).map((row) => ({ Key: row.key, Value: row.value }));

/** The same for listings in which AWS leaves the member out where there are none: programs ask whether it is there. */
export function anyTagsOf(context: Ec2Context, resourceId: string): Tag[] | undefined {
  const tags = tagsOf(context, resourceId);
  return tags.length === 0 ? undefined : tags;
}

function checkTags(tags: readonly Tag[]): void {
  const seen = new Set<string>();
  for (const { Key = '', Value = '' } of tags) {
    if (Key.toLowerCase().startsWith('aws:')) throw errors.reservedTag();
    if (Key === '') throw errors.invalidValue('Tag key cannot be empty.');
    if (Key.length > keyLengthMax) throw errors.invalidValue('Tag key exceeds the maximum length of 128 characters');
    if (Value.length > valueLengthMax)
      throw errors.invalidValue('Tag value exceeds the maximum length of 256 characters');
    if (seen.has(Key)) throw errors.duplicateTag(Key);
    seen.add(Key);
  }
}

/** Writes tags onto a resource; those with the same keys are replaced. */
export function putTags({ state }: Ec2Context, resourceId: string, resourceType: string, tags: readonly Tag[]): void {
  checkTags(tags);
  const before = state.tags.list({ prefix: key(resourceId) });
  const kept = before.filter((row) => !tags.some(({ Key }) => Key === row.key));
  if (kept.filter((row) => !row.key.startsWith('aws:')).length + tags.length > tagsMax) throw errors.tagLimit();
  for (const { Key = '', Value = '' } of tags) state.tags.put({ resourceId, resourceType, key: Key, value: Value });
}

/** Tags that a request gives, those of AWS's own apart: only its services may give these. */
export function partTags(
  { caller }: Ec2Context,
  tags: readonly Tag[],
): { readonly users: readonly Tag[]; readonly own: readonly Tag[] } {
  if (caller.kind !== 'service') return { users: tags, own: [] };
  const isOwn = ({ Key = '' }: Tag): boolean => Key.startsWith('aws:');
  return { users: tags.filter((tag) => !isOwn(tag)), own: tags.filter(isOwn) };
}

/** Writes tags of AWS's own, whose keys nobody else may use. They count towards no limit. */
export function putAwsTags(
  { state }: Ec2Context,
  resourceId: string,
  resourceType: string,
  tags: readonly Tag[],
): void {
  for (const { Key = '', Value = '' } of tags) state.tags.put({ resourceId, resourceType, key: Key, value: Value });
}

/** The tags that a request gives to resources of a kind; another kind is refused unless `others` lists it. */
export function tagsFor(
  specifications: readonly TagSpecification[] | undefined,
  of: Kind,
  others: readonly Kind[] = [],
): Tag[] {
  const mine: Tag[] = [];
  for (const { ResourceType, Tags } of specifications ?? []) {
    const type = String(ResourceType ?? '');
    if (type === of.type) mine.push(...(Tags ?? []));
    else if (!others.some((other) => other.type === type)) throw errors.tagType(type);
  }
  checkTags(mine);
  return mine;
}

/** Puts on a new resource the tags that its request names. */
export function tagNew(
  context: Ec2Context,
  of: Kind,
  id: string,
  specifications: readonly TagSpecification[] | undefined,
  others: readonly Kind[] = [],
): void {
  const tags = tagsFor(specifications, of, others);
  if (tags.length > 0) putTags(context, id, of.type, tags);
}

/** Forgets the tags of a resource that is no more. */
export const dropTags = ({ state }: Ec2Context, resourceId: string): void => {
  state.tags.deleteAll({ prefix: key(resourceId) });
};

/** Longest prefix first: `tgw-rtb-…` is no `tgw-…`. */
const kindsByPrefix = Object.values<Kind>(kinds).sort((a, b) => b.prefix.length - a.prefix.length);

const kindOfId = (id: string): Kind | undefined => kindsByPrefix.find(({ prefix }) => id.startsWith(`${prefix}-`));

function taggable(context: Ec2Context, id: string): Kind {
  const found = kindOfId(id);
  if (found === undefined) throw errors.invalidId(id);
  const table = context.state[tables[found.type] ?? 'vpcs'];
  if (tables[found.type] === undefined || !table.has(id)) throw missing(found, id);
  return found;
}

/** Resource type → the table that holds it under its ID. */
const tables: Readonly<Record<string, keyof Ec2Context['state']>> = {
  vpc: 'vpcs',
  subnet: 'subnets',
  'route-table': 'routeTables',
  'subnet-cidr-reservation': 'cidrReservations',
  'internet-gateway': 'internetGateways',
  'egress-only-internet-gateway': 'egressOnlyGateways',
  natgateway: 'natGateways',
  'elastic-ip': 'addresses',
  'network-interface': 'interfaces',
  'security-group': 'groups',
  'security-group-rule': 'groupRules',
  'network-acl': 'acls',
  'dhcp-options': 'dhcpOptions',
  'prefix-list': 'prefixLists',
  'vpc-endpoint': 'endpoints',
  'vpc-peering-connection': 'peerings',
  'vpn-gateway': 'vpnGateways',
  'customer-gateway': 'customerGateways',
  'vpn-connection': 'vpnConnections',
  'transit-gateway': 'transitGateways',
  'transit-gateway-attachment': 'transitAttachments',
  'transit-gateway-route-table': 'transitRouteTables',
  'vpc-flow-log': 'flowLogs',
  'vpc-endpoint-service': 'endpointServices',
  'carrier-gateway': 'carrierGateways',
  'instance-connect-endpoint': 'connectEndpoints',
  'vpc-block-public-access-exclusion': 'publicAccessExclusions',
  'network-insights-access-scope': 'accessScopes',
  'network-insights-access-scope-analysis': 'accessScopeAnalyses',
  'network-insights-path': 'insightsPaths',
  'network-insights-analysis': 'insightsAnalyses',
  instance: 'instances',
  'key-pair': 'keyPairs',
  'launch-template': 'launchTemplates',
  'placement-group': 'placementGroups',
  'spot-instances-request': 'spotRequests',
  'capacity-reservation': 'capacityReservations',
  'instance-event-window': 'eventWindows',
  fleet: 'fleets',
  'spot-fleet-request': 'fleets',
  'dedicated-host': 'hosts',
  image: 'images',
  volume: 'volumes',
  snapshot: 'snapshots',
};

/**
 * Adds tags to resources of any kind, or overwrites them.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
 */
export const CreateTags: Operation<'CreateTags'> = ({ Resources, Tags }, context) => {
  const found = Resources.map((id) => [id, taggable(context, id).type] as const);
  const { users, own } = partTags(context, Tags);
  for (const [id, type] of found) {
    putTags(context, id, type, users);
    putAwsTags(context, id, type, own);
  }
  retagGuests(context, Resources);
  noteLoads(context, Resources);
  return {};
};

/** Deletes tags by key; with a value only where it is equal, without `Tags` all that are not AWS's. */
export const DeleteTags: Operation<'DeleteTags'> = ({ Resources, Tags }, context) => {
  for (const id of Resources) {
    taggable(context, id);
    for (const row of context.state.tags.list({ prefix: key(id) })) {
      const named = Tags === undefined || Tags.length === 0 || Tags.some((tag) => isNamed(tag, row));
      const isOurs = !row.key.startsWith('aws:') || context.caller.kind === 'service';
      if (named && isOurs) context.state.tags.delete(tagKey(row));
    }
  }
  retagGuests(context, Resources);
  noteLoads(context, Resources);
  return {};
};

const isNamed = ({ Key, Value }: Tag, row: TagRow): boolean =>
  Key === row.key && (Value === undefined || Value === row.value);

export const DescribeTags: Operation<'DescribeTags'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.tags,
    id: tagKey,
    filters: {
      key: (row) => row.key,
      value: (row) => row.value,
      'resource-id': (row) => row.resourceId,
      'resource-type': (row) => row.resourceType,
    },
    // Here `tag:…` asks for the tag itself.
    tags: (row) => [{ Key: row.key, Value: row.value }],
    least: 5,
  });
  const shown = rows.map((row) => ({
    Key: row.key,
    Value: row.value,
    ResourceId: row.resourceId,
    ResourceType: row.resourceType as 'vpc',
  }));
  return { Tags: shown, NextToken };
};
