// Formats of flow log records: which fields there are, and the default line.
// @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
import type { Column, ColumnType } from '../../../kernel/parquet.ts';

/** Version 2, in the order of the default line. */
const defaultFields = [
  'version',
  'account-id',
  'interface-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'log-status',
] as const;

/** What later versions added. */
const furtherFields: Readonly<Record<number, readonly string[]>> = {
  3: ['vpc-id', 'subnet-id', 'instance-id', 'tcp-flags', 'type', 'pkt-srcaddr', 'pkt-dstaddr'],
  4: ['region', 'az-id', 'sublocation-type', 'sublocation-id'],
  5: ['pkt-src-aws-service', 'pkt-dst-aws-service', 'flow-direction', 'traffic-path'],
  7: [
    'ecs-cluster-arn',
    'ecs-cluster-name',
    'ecs-container-instance-arn',
    'ecs-container-instance-id',
    'ecs-container-id',
    'ecs-second-container-id',
    'ecs-service-name',
    'ecs-task-definition-arn',
    'ecs-task-arn',
    'ecs-task-id',
  ],
  8: ['reject-reason'],
  9: ['resource-id'],
  10: ['encryption-status'],
};

const versions: ReadonlyMap<string, number> = new Map(
  Object.entries(furtherFields).flatMap(([version, fields]) => fields.map((field) => [field, Number(version)])),
);

/** The version that records say: the highest of any of their fields. */
export const versionOf = (fields: readonly string[]): number =>
  Math.max(2, ...fields.map((field) => versions.get(field) ?? (isTransitOnly(field) ? 6 : 2)));

/** What version 6 added is for transit gateways alone. */
const isTransitOnly = (field: string): boolean => /^(?:tgw-|resource-type$|packets-lost-)/.test(field);

/** @see https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html#flow-log-records */
const transitFields = [
  'version',
  'resource-type',
  'account-id',
  'tgw-id',
  'tgw-attachment-id',
  'tgw-src-vpc-account-id',
  'tgw-dst-vpc-account-id',
  'tgw-src-vpc-id',
  'tgw-dst-vpc-id',
  'tgw-src-subnet-id',
  'tgw-dst-subnet-id',
  'tgw-src-eni',
  'tgw-dst-eni',
  'tgw-src-az-id',
  'tgw-dst-az-id',
  'tgw-pair-attachment-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'log-status',
  'type',
  'packets-lost-no-route',
  'packets-lost-blackhole',
  'packets-lost-mtu-exceeded',
  'packets-lost-ttl-expired',
  'tcp-flags',
  'region',
  'flow-direction',
  'pkt-src-aws-service',
  'pkt-dst-aws-service',
] as const;

const write = (fields: readonly string[]): string => fields.map((field) => `\${${field}}`).join(' ');

export const defaultFormat = write(defaultFields);
export const defaultTransitFormat = write(transitFields);

const networkFields = new Set<string>([...defaultFields, ...versions.keys()]);
const gatewayFields = new Set<string>(transitFields);

/** The fields of a format in order; undefined when it is none. */
export function readFormat(format: string, transit = false): readonly string[] | undefined {
  const known = transit ? gatewayFields : networkFields;
  const fields = format.trim().split(/\s+/);
  const names = fields.map((field) => /^\$\{([a-z-]+)\}$/.exec(field)?.[1]);
  return names.every((name): name is string => name !== undefined && known.has(name)) ? names : undefined;
}

/** Types in files of Apache Parquet; all other fields are text. */
const columnTypes: ReadonlyMap<string, ColumnType> = new Map([
  ...['version', 'srcport', 'dstport', 'protocol', 'tcp-flags', 'traffic-path'].map((name) => [name, 'INT32'] as const),
  ...[
    'packets',
    'bytes',
    'start',
    'end',
    'packets-lost-no-route',
    'packets-lost-blackhole',
    'packets-lost-mtu-exceeded',
    'packets-lost-ttl-expired',
  ].map((name) => [name, 'INT64'] as const),
]);

/** The columns of fields in files of Apache Parquet, named as AWS names them there. */
export const columnsOf = (fields: readonly string[]): readonly Column[] =>
  fields.map((field) => ({ name: field.replaceAll('-', '_'), type: columnTypes.get(field) ?? 'STRING' }));
