// Resources as FIS finds them: by the describe calls of their services, made as the experiment's role.
import type {
  DescribeInstancesCommandOutput,
  DescribeSubnetsCommandOutput,
  DescribeTransitGatewaysCommandOutput,
  DescribeVolumesCommandOutput,
} from '@aws-sdk/client-ec2';
import type { DescribeAutoScalingGroupsCommandOutput } from '@aws-sdk/client-auto-scaling';
import type { ListRolesCommandOutput, ListRoleTagsCommandOutput } from '@aws-sdk/client-iam';
import type { FisContext } from './operation.ts';
import type { Actor } from './role.ts';

export interface Resource {
  readonly arn: string;
  /** As its service describes it; filters look into it. */
  readonly shown: object;
}

type Words = Readonly<Record<string, string>>;

export interface Wanted {
  readonly arns: readonly string[];
  readonly tags: Words;
  readonly parameters: Words;
}

export interface ResourceKind {
  find(wanted: Wanted, actor: Actor, context: FisContext): Promise<readonly Resource[]>;
}

export const arnForm = /^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/;

/** `i-0123…` of `arn:aws:ec2:us-east-1:123456789012:instance/i-0123…`. */
export const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

interface Filter {
  readonly Name: string;
  readonly Values: readonly string[];
}

const tagFilters = (tags: Words): Filter[] =>
  Object.entries(tags).map(([name, value]) => ({ Name: `tag:${name}`, Values: [value] }));

/** A zone is given by name or by ID. */
const zoneFilter = (zone: string | undefined): Filter[] =>
  zone === undefined
    ? []
    : [{ Name: /-az\d+$/.test(zone) ? 'availability-zone-id' : 'availability-zone', Values: [zone] }];

/** The filters of a describe call; IDs that are not there are no error, but no target. */
const filtersOf = (idFilter: string, { arns, tags }: Wanted, more: readonly Filter[]): readonly Filter[] => [
  ...(arns.length === 0 ? [] : [{ Name: idFilter, Values: arns.map(idOf) }]),
  ...tagFilters(tags),
  ...more,
];

/** All pages of a describe call of EC2. */
async function* pagesOf<Output extends { readonly NextToken?: string | undefined }>(
  actor: Actor,
  operation: string,
  filters: readonly Filter[],
): AsyncGenerator<Output> {
  let NextToken: string | undefined;
  do {
    const Filters = filters.length === 0 ? undefined : filters;
    const page: Output = await actor.call<Output>('ec2', operation, { Filters, NextToken });
    yield page;
    ({ NextToken } = page);
  } while (NextToken !== undefined);
}

async function collect<Output extends { readonly NextToken?: string | undefined }, Item extends object>(
  pages: AsyncGenerator<Output>,
  itemsOf: (page: Output) => readonly Item[] | undefined,
  arnOf: (item: Item) => string,
): Promise<readonly Resource[]> {
  const found: Resource[] = [];
  for await (const page of pages) for (const item of itemsOf(page) ?? []) found.push({ arn: arnOf(item), shown: item });
  return found;
}

const ec2Arn =
  ({ partition, region }: FisContext, { account }: Actor, type: string) =>
  (id: string | undefined): string =>
    `arn:${partition}:ec2:${region}:${account}:${type}/${id ?? ''}`;

const instances = (more: readonly Filter[]): ResourceKind => ({
  find: (wanted, actor, context) => {
    const arn = ec2Arn(context, actor, 'instance');
    return collect(
      pagesOf<DescribeInstancesCommandOutput>(actor, 'DescribeInstances', filtersOf('instance-id', wanted, more)),
      ({ Reservations }) => Reservations?.flatMap(({ Instances }) => Instances ?? []),
      ({ InstanceId }) => arn(InstanceId),
    );
  },
});

const hasTags = (
  wanted: Words,
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
) => Object.entries(wanted).every(([name, value]) => tags.some(({ Key, Value }) => Key === name && Value === value));

export const kinds: Readonly<Record<string, ResourceKind>> = {
  'aws:ec2:instance': instances([]),
  'aws:ec2:spot-instance': instances([{ Name: 'instance-lifecycle', Values: ['spot'] }]),
  'aws:ec2:ebs-volume': {
    find: (wanted, actor, context) => {
      const filters = filtersOf('volume-id', wanted, zoneFilter(wanted.parameters['availabilityZoneIdentifier']));
      const arn = ec2Arn(context, actor, 'volume');
      return collect(
        pagesOf<DescribeVolumesCommandOutput>(actor, 'DescribeVolumes', filters),
        ({ Volumes }) => Volumes,
        ({ VolumeId }) => arn(VolumeId),
      );
    },
  },
  'aws:ec2:subnet': {
    find: (wanted, actor, context) => {
      const { availabilityZoneIdentifier: zone, vpc } = wanted.parameters;
      const inVpc = vpc === undefined ? [] : [{ Name: 'vpc-id', Values: [idOf(vpc)] }];
      const arn = ec2Arn(context, actor, 'subnet');
      return collect(
        pagesOf<DescribeSubnetsCommandOutput>(
          actor,
          'DescribeSubnets',
          filtersOf('subnet-id', wanted, [...zoneFilter(zone), ...inVpc]),
        ),
        ({ Subnets }) => Subnets,
        ({ SubnetId }) => arn(SubnetId),
      );
    },
  },
  'aws:ec2:transit-gateway': {
    find: (wanted, actor, context) => {
      const arn = ec2Arn(context, actor, 'transit-gateway');
      return collect(
        pagesOf<DescribeTransitGatewaysCommandOutput>(
          actor,
          'DescribeTransitGateways',
          filtersOf('transit-gateway-id', wanted, []),
        ),
        ({ TransitGateways }) => TransitGateways,
        ({ TransitGatewayId }) => arn(TransitGatewayId),
      );
    },
  },
  'aws:ec2:autoscaling-group': {
    find: async ({ arns, tags }, actor) => {
      const found: Resource[] = [];
      let NextToken: string | undefined;
      do {
        const page: DescribeAutoScalingGroupsCommandOutput = await actor.call(
          'auto-scaling',
          'DescribeAutoScalingGroups',
          { NextToken },
        );
        for (const group of page.AutoScalingGroups ?? []) {
          const arn = group.AutoScalingGroupARN ?? '';
          if ((arns.length === 0 || arns.includes(arn)) && hasTags(tags, group.Tags ?? []))
            found.push({ arn, shown: group });
        }
        ({ NextToken } = page);
      } while (NextToken !== undefined);
      return found;
    },
  },
  'aws:iam:role': {
    find: async ({ arns, tags }, actor) => {
      if (arns.length > 0) return arns.map((arn) => ({ arn, shown: {} }));
      const found: Resource[] = [];
      let Marker: string | undefined;
      do {
        const page: ListRolesCommandOutput = await actor.call('iam', 'ListRoles', { Marker });
        for (const role of page.Roles ?? []) {
          const { Tags = [] } = await actor.call<ListRoleTagsCommandOutput>('iam', 'ListRoleTags', {
            RoleName: role.RoleName,
          });
          if (hasTags(tags, Tags)) found.push({ arn: role.Arn ?? '', shown: role });
        }
        ({ Marker } = page);
      } while (Marker !== undefined);
      return found;
    },
  },
};
