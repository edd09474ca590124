// Prefix lists that AWS keeps: the public addresses of S3, DynamoDB and CloudFront, as routes and rules name them.
//
// IDs of the older Regions are those that AWS publishes. Differs: the blocks are some of those in ip-ranges.json for us-east-1, the same
// in every Region, while AWS's differ by Region and move; what matters here is that routes and rules know whose traffic it is.
import { createHash } from 'node:crypto';
import type { PrefixListRow } from './state.ts';

const publishedIds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  s3: {
    'us-east-1': 'pl-63a5400a',
    'us-east-2': 'pl-7ba54012',
    'us-west-1': 'pl-6ba54002',
    'us-west-2': 'pl-68a54001',
    'eu-west-1': 'pl-6da54004',
    'eu-central-1': 'pl-6ea54007',
    'ap-northeast-1': 'pl-61a54008',
    'ap-southeast-1': 'pl-6fa54006',
    'ap-southeast-2': 'pl-6ca54005',
    'sa-east-1': 'pl-6aa54003',
  },
  dynamodb: {
    'us-east-1': 'pl-02cd2c6b',
    'us-east-2': 'pl-4ca54025',
    'us-west-1': 'pl-6ea54007',
    'us-west-2': 'pl-00a54069',
    'eu-west-1': 'pl-6fa54006',
    'ap-northeast-1': 'pl-78a54011',
  },
};

const blocks: Readonly<Record<string, readonly string[]>> = {
  s3: ['52.216.0.0/15', '54.231.0.0/16', '3.5.0.0/19', '16.182.0.0/16'],
  dynamodb: ['52.94.0.0/22', '3.218.180.0/22', '52.119.224.0/21'],
};

/** Unknown: IDs in the other Regions; they are made of the names. */
const idOf = (service: string, region: string): string =>
  publishedIds[service]?.[region] ??
  `pl-${createHash('sha256').update(`${service}/${region}`).digest('hex').slice(0, 8)}`;

const known = new Map<string, readonly PrefixListRow[]>();

/** The lists of a Region. */
export function amazonPrefixLists(region: string): readonly PrefixListRow[] {
  const before = known.get(region);
  if (before !== undefined) return before;
  const made = Object.entries(blocks).map(
    ([service, cidrs]): PrefixListRow => ({
      id: idOf(service, region),
      name: `com.amazonaws.${region}.${service}`,
      family: 'IPv4',
      entriesMax: cidrs.length,
      version: 1,
      entries: cidrs.map((cidr) => ({ cidr })),
      state: 'create-complete',
      history: [],
    }),
  );
  known.set(region, made);
  return made;
}

/** The list of an AWS service that has gateway endpoints; undefined for another service. */
export const amazonPrefixList = (region: string, serviceName: string): PrefixListRow | undefined =>
  amazonPrefixLists(region).find(({ name }) => name === serviceName);
