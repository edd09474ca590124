// Auto scaling of the replicas of a global table, as it is set.
//
// Differs: settings are kept and told; no capacity follows them.
import type { AutoScalingSettingsDescription, AutoScalingSettingsUpdate } from '@aws-sdk/client-dynamodb';
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { getTable, type Located } from './reference.ts';
import type { DynamoContext, Operation, TableRow } from './state.ts';

type Input = Parameters<typeof UpdateTableReplicaAutoScaling>[0];

const kind = 'scaling';

/** Which capacity of what: `write`, `write/index`, `read/eu-west-1`, `read/eu-west-1/index`. */
const settingName = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join('/');

function read({ state }: DynamoContext, table: TableRow, of: string): AutoScalingSettingsDescription {
  const detail = state.settings.find(key(table.space, kind, of))?.detail;
  return detail === undefined ? { AutoScalingDisabled: true } : (JSON.parse(detail) as AutoScalingSettingsDescription);
}

function write(
  context: DynamoContext,
  table: TableRow,
  of: string,
  update: AutoScalingSettingsUpdate | undefined,
): void {
  if (update === undefined) return;
  const { ScalingPolicyUpdate: policy, ...settings } = update;
  const { MinimumUnits: min, MaximumUnits: max } = update;
  if (min !== undefined && max !== undefined && min > max)
    throw errors.invalidParameter('MinimumUnits must not be greater than MaximumUnits');
  const known = read(context, table, of);
  const name = policy?.PolicyName ?? `$DynamoDBCapacityUtilization:table/${table.name}`;
  const configuration = policy?.TargetTrackingScalingPolicyConfiguration;
  const changed: AutoScalingSettingsDescription = {
    ...known,
    AutoScalingDisabled: false,
    ...settings,
    ...(configuration !== undefined && {
      ScalingPolicies: [{ PolicyName: name, TargetTrackingScalingPolicyConfiguration: configuration }],
    }),
  };
  context.state.settings.put({
    space: table.space,
    kind,
    of,
    status: 'ENABLED',
    changedAt: context.clock.now(),
    detail: JSON.stringify(changed.AutoScalingDisabled ? { AutoScalingDisabled: true } : changed),
  });
}

function describe({ context, table }: Located) {
  const globals = table.indexes.filter((index) => index.kind === 'global');
  const members = [{ region: context.region, status: 'ACTIVE' as const }, ...table.replicas];
  return {
    TableAutoScalingDescription: {
      TableName: table.name,
      TableStatus: table.status,
      Replicas: members.map(({ region, status }) => ({
        RegionName: region,
        ReplicaStatus: status,
        ReplicaProvisionedReadCapacityAutoScalingSettings: read(context, table, settingName('read', region)),
        ReplicaProvisionedWriteCapacityAutoScalingSettings: read(context, table, settingName('write')),
        GlobalSecondaryIndexes: globals.map((index) => ({
          IndexName: index.name,
          IndexStatus: index.status,
          ProvisionedReadCapacityAutoScalingSettings: read(context, table, settingName('read', region, index.name)),
          ProvisionedWriteCapacityAutoScalingSettings: read(context, table, settingName('write', index.name)),
        })),
      })),
    },
  };
}

/**
 * Tells how the replicas of a table scale.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTableReplicaAutoScaling.html
 */
export const DescribeTableReplicaAutoScaling: Operation<'DescribeTableReplicaAutoScaling'> = (input, request) =>
  describe(getTable(request, input.TableName));

function checkIndex(table: TableRow, name: string | undefined): void {
  if (name !== undefined && table.indexes.some((index) => index.kind === 'global' && index.name === name)) return;
  throw errors.resourceNotFound(`Requested resource not found: Index: ${name} not found`);
}

function writeReplicas(context: DynamoContext, table: TableRow, updates: NonNullable<Input['ReplicaUpdates']>): void {
  for (const update of updates) {
    const { RegionName: region, ReplicaGlobalSecondaryIndexUpdates: indexes = [] } = update;
    if (region !== context.region && !table.replicas.some((replica) => replica.region === region))
      throw errors.validation(`Failed to find replica of table with name: '${table.name}' in region: ${region}`);
    write(context, table, settingName('read', region), update.ReplicaProvisionedReadCapacityAutoScalingUpdate);
    for (const { IndexName, ProvisionedReadCapacityAutoScalingUpdate } of indexes) {
      checkIndex(table, IndexName);
      write(context, table, settingName('read', region, IndexName), ProvisionedReadCapacityAutoScalingUpdate);
    }
  }
}

/**
 * Sets how the replicas of a table scale.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTableReplicaAutoScaling.html
 */
export const UpdateTableReplicaAutoScaling: Operation<'UpdateTableReplicaAutoScaling'> = (input, request) => {
  const located = getTable(request, input.TableName);
  const { context, table } = located;
  if (table.replicas.length === 0)
    throw errors.validation(`Table with name: '${table.name}' is not part of a global table`);
  write(context, table, settingName('write'), input.ProvisionedWriteCapacityAutoScalingUpdate);
  for (const { IndexName, ProvisionedWriteCapacityAutoScalingUpdate } of input.GlobalSecondaryIndexUpdates ?? []) {
    checkIndex(table, IndexName);
    write(context, table, settingName('write', IndexName), ProvisionedWriteCapacityAutoScalingUpdate);
  }
  writeReplicas(context, table, input.ReplicaUpdates ?? []);
  return describe(located);
};
