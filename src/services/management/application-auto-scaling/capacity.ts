// The quantities that can be scaled: how each is read and set, by the API of the service that has it. So a table is really changed, and a
// service that is not built says so itself.
import { notImplemented } from '../../../kernel/errors.ts';
import { errors } from './errors.ts';
import { asScaling, type ScalingContext, type Subject } from './state.ts';

export interface Capacity {
  /** As activities call it: `read capacity units`. */
  readonly words: string;
  readonly idPattern: RegExp;
  /** Seconds between two changes by a policy, when it says nothing. */
  readonly cooldownSeconds: number;
  readonly read: (context: ScalingContext, id: readonly string[]) => Promise<number>;
  readonly write: (context: ScalingContext, id: readonly string[], value: number) => Promise<void>;
}

const call = <Answer>(context: ScalingContext, service: string, operation: string, input: object): Promise<Answer> =>
  context.aws.call<object, Answer>(service, operation, input, asScaling);

interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

interface DescribedTable {
  readonly Table: {
    readonly ProvisionedThroughput?: Throughput;
    readonly GlobalSecondaryIndexes?: readonly {
      readonly IndexName: string;
      readonly ProvisionedThroughput?: Throughput;
    }[];
  };
}

async function throughputOf(context: ScalingContext, table: string, index: string | undefined): Promise<Throughput> {
  const { Table } = await call<DescribedTable>(context, 'dynamodb', 'DescribeTable', { TableName: table });
  const found =
    index === undefined
      ? Table.ProvisionedThroughput
      : Table.GlobalSecondaryIndexes?.find((one) => one.IndexName === index)?.ProvisionedThroughput;
  if (found === undefined) throw errors.validation(`DynamoDB index does not exist: table/${table}/index/${index}`);
  return found;
}

const tableUnits = (name: keyof Throughput, words: string): Capacity => ({
  words,
  idPattern: /^table\/([^/]+)(?:\/index\/([^/]+))?$/,
  cooldownSeconds: 0,
  read: async (context, [table = '', index]) => (await throughputOf(context, table, index))[name],
  write: async (context, [table = '', index], value) => {
    const { ReadCapacityUnits, WriteCapacityUnits } = await throughputOf(context, table, index);
    const ProvisionedThroughput = { ReadCapacityUnits, WriteCapacityUnits, [name]: value };
    await call(
      context,
      'dynamodb',
      'UpdateTable',
      index === undefined
        ? { TableName: table, ProvisionedThroughput }
        : {
            TableName: table,
            GlobalSecondaryIndexUpdates: [{ Update: { IndexName: index, ProvisionedThroughput } }],
          },
    );
  },
});

const tasks: Capacity = {
  words: 'desired count',
  idPattern: /^service\/([^/]+)\/([^/]+)$/,
  cooldownSeconds: 300,
  read: async (context, [cluster, service = '']) => {
    interface Described {
      readonly services?: readonly { readonly desiredCount?: number; readonly status?: string }[];
    }
    const { services } = await call<Described>(context, 'ecs', 'DescribeServices', { cluster, services: [service] });
    const found = services?.find(({ status }) => status !== 'INACTIVE');
    if (found === undefined) throw errors.validation(`ECS service doesn't exist: service/${cluster}/${service}`);
    return found.desiredCount ?? 0;
  },
  write: async (context, [cluster, service], desiredCount) => {
    await call(context, 'ecs', 'UpdateService', { cluster, service, desiredCount });
  },
};

const spotFleet: Capacity = {
  words: 'target capacity',
  idPattern: /^spot-fleet-request\/(sfr-[0-9a-f-]+)$/,
  cooldownSeconds: 300,
  read: async (context, [id]) => {
    interface Described {
      readonly SpotFleetRequestConfigs?: readonly {
        readonly SpotFleetRequestConfig?: { readonly TargetCapacity?: number };
      }[];
    }
    const { SpotFleetRequestConfigs } = await call<Described>(context, 'ec2', 'DescribeSpotFleetRequests', {
      SpotFleetRequestIds: [id],
    });
    return SpotFleetRequestConfigs?.[0]?.SpotFleetRequestConfig?.TargetCapacity ?? 0;
  },
  write: async (context, [id], value) => {
    await call(context, 'ec2', 'ModifySpotFleetRequest', { SpotFleetRequestId: id, TargetCapacity: value });
  },
};

const concurrency: Capacity = {
  words: 'provisioned concurrency',
  idPattern: /^function:([^:]+):([^:]+)$/,
  cooldownSeconds: 0,
  read: async (context, [FunctionName, Qualifier]) => {
    interface Described {
      readonly RequestedProvisionedConcurrentExecutions?: number;
    }
    const input = { FunctionName, Qualifier };
    const found = await call<Described>(context, 'lambda', 'GetProvisionedConcurrencyConfig', input);
    return found.RequestedProvisionedConcurrentExecutions ?? 0;
  },
  write: async (context, [FunctionName, Qualifier], value) => {
    const input = { FunctionName, Qualifier, ProvisionedConcurrentExecutions: value };
    await call(context, 'lambda', 'PutProvisionedConcurrencyConfig', input);
  },
};

const capacities: Readonly<Record<string, Capacity>> = {
  'dynamodb:table:ReadCapacityUnits': tableUnits('ReadCapacityUnits', 'read capacity units'),
  'dynamodb:table:WriteCapacityUnits': tableUnits('WriteCapacityUnits', 'write capacity units'),
  'dynamodb:index:ReadCapacityUnits': tableUnits('ReadCapacityUnits', 'read capacity units'),
  'dynamodb:index:WriteCapacityUnits': tableUnits('WriteCapacityUnits', 'write capacity units'),
  'ecs:service:DesiredCount': tasks,
  'ec2:spot-fleet-request:TargetCapacity': spotFleet,
  'lambda:function:ProvisionedConcurrency': concurrency,
};

interface Named {
  readonly ServiceNamespace: string;
  readonly ResourceId: string;
  readonly ScalableDimension: string;
}

/** What a request names. @throws when the three do not go together */
export function subjectOf({ ServiceNamespace, ResourceId, ScalableDimension }: Named): Subject {
  const subject = { namespace: ServiceNamespace, resourceId: ResourceId, dimension: ScalableDimension };
  if (ScalableDimension.split(':')[0] !== ServiceNamespace)
    throw errors.validation(
      `Unsupported service namespace, resource type or scalable dimension: ${ServiceNamespace}, ${ResourceId}, ${ScalableDimension}`,
    );
  return subject;
}

/** How a subject is read and set. @throws NotImplemented for what nothing here can scale */
export function capacityOf({ dimension, resourceId }: Subject): Capacity & { readonly id: readonly string[] } {
  const capacity = capacities[dimension];
  if (capacity === undefined) throw notImplemented('application-auto-scaling', `scaling of ${dimension}`);
  const [, ...id] = capacity.idPattern.exec(resourceId) ?? [];
  if (id.length === 0)
    throw errors.validation(
      `Unsupported service namespace, resource type or scalable dimension: ${resourceId}, ${dimension}`,
    );
  return { ...capacity, id };
}
