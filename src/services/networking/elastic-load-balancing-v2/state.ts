// What Elastic Load Balancing (application, network, gateway) keeps. Read this first.
import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Action, RuleCondition, RuleTransform } from '@aws-sdk/client-elastic-load-balancing-v2';
import { key } from '../../../kernel/key.ts';
import type { Context, Handler, InputOf, OperationName, OutputOf } from '../../../kernel/service.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export type BalancerType = 'application' | 'network' | 'gateway';
export type Attributes = Readonly<Record<string, string>>;

/** A node: what a load balancer has in one zone. */
export interface NodeRow {
  readonly zoneName: string;
  readonly subnetId: string;
  readonly interfaceId?: string | undefined;
  readonly privateIp?: string | undefined;
  readonly publicIp?: string | undefined;
  readonly ipv6?: string | undefined;
  /** The Elastic IP that the user gave. */
  readonly allocationId?: string | undefined;
  /** True when the user chose the private address. */
  readonly privateIpGiven?: boolean | undefined;
}

export interface BalancerRow {
  readonly arn: string;
  readonly name: string;
  readonly type: BalancerType;
  /** `app/web/50dc6c495c0c9188`: the ARN's end, and how its interfaces and metrics name it. */
  readonly path: string;
  readonly scheme: 'internet-facing' | 'internal';
  readonly vpcId: string;
  readonly createdAt: Instant;
  readonly state: 'provisioning' | 'active' | 'active_impaired' | 'failed';
  /** Without the suffix: `web-1234567890.us-east-1.elb`. A gateway load balancer has none. */
  readonly dnsLabel?: string | undefined;
  readonly nodes: readonly NodeRow[];
  readonly groupIds: readonly string[];
  readonly ipAddressType: string;
  readonly attributes: Attributes;
  readonly enforceInbound?: string | undefined;
  readonly prefixForSourceNat?: string | undefined;
  readonly ipv4PoolId?: string | undefined;
  readonly ownedPool?: string | undefined;
  readonly capacity?: CapacityRow | undefined;
}

/** A minimum that was asked for (LCU reservation). */
export interface CapacityRow {
  readonly units: number;
  readonly changedAt: Instant;
  /** From when on the nodes have it. */
  readonly readyAt: Instant;
  readonly decreases: readonly Instant[];
}

export interface CertificateRow {
  readonly arn: string;
  readonly isDefault: boolean;
}

export interface ListenerRow {
  readonly arn: string;
  readonly balancerArn: string;
  readonly port?: number | undefined;
  readonly protocol?: string | undefined;
  readonly certificates: readonly CertificateRow[];
  readonly sslPolicy?: string | undefined;
  readonly alpn?: readonly string[] | undefined;
  readonly actions: readonly Action[];
  readonly mutual?: Elb.MutualAuthenticationAttributes | undefined;
  readonly attributes: Attributes;
}

export interface RuleRow {
  readonly arn: string;
  readonly listenerArn: string;
  readonly priority: number;
  readonly conditions: readonly RuleCondition[];
  readonly actions: readonly Action[];
  readonly transforms: readonly RuleTransform[];
}

export interface HealthCheckRow {
  readonly enabled: boolean;
  readonly protocol?: string | undefined;
  readonly port?: string | undefined;
  readonly path?: string | undefined;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyCount: number;
  readonly unhealthyCount: number;
  readonly httpCode?: string | undefined;
  readonly grpcCode?: string | undefined;
}

export interface GroupRow {
  readonly arn: string;
  readonly name: string;
  /** `targetgroup/web/73e2d6bc24d8a067`. */
  readonly path: string;
  readonly protocol?: string | undefined;
  readonly port?: number | undefined;
  readonly vpcId?: string | undefined;
  readonly targetType: 'instance' | 'ip' | 'lambda' | 'alb';
  readonly protocolVersion?: string | undefined;
  readonly ipAddressType?: string | undefined;
  readonly controlPort?: number | undefined;
  readonly check: HealthCheckRow;
  readonly attributes: Attributes;
}

/** A registered target; one that is leaving stays until its delay is over. */
export interface TargetRow {
  readonly groupArn: string;
  readonly id: string;
  /** Undefined for a function. */
  readonly port?: number | undefined;
  readonly zone?: string | undefined;
  readonly quicServerId?: string | undefined;
  readonly registeredAt: Instant;
  readonly drainingUntil?: Instant | undefined;
  readonly health: TargetHealthRow;
}

export interface TargetHealthRow {
  readonly state: 'initial' | 'healthy' | 'unhealthy';
  readonly reason?: string | undefined;
  readonly description?: string | undefined;
  /** Equal results in a row, and which. */
  readonly run: number;
  readonly passing: boolean;
  readonly since: Instant;
}

export interface TagRow {
  readonly arn: string;
  readonly key: string;
  readonly value: string;
}

export interface TrustStoreRow {
  readonly arn: string;
  readonly name: string;
  readonly certificates: number;
  readonly bundle: { readonly bucket: string; readonly key: string; readonly version?: string | undefined };
}

/** Whose a DNS name is: names are one space for all accounts. */
export interface DnsNameRow {
  readonly label: string;
  readonly account: string;
  readonly region: string;
  readonly balancerArn: string;
}

/** The job that will check a group's targets next. */
export interface CheckerRow {
  readonly groupArn: string;
  readonly jobId: string;
}

/** From when on so many hosts of a group were healthy. */
export interface HostCountRow extends HostCount {
  readonly groupArn: string;
  readonly at: Instant;
  /** By the name of the target's zone. */
  readonly zones: Readonly<Record<string, HostCount>>;
}

export interface HostCount {
  readonly healthy: number;
  readonly unhealthy: number;
}

const listenerOrder = ({ balancerArn, port }: ListenerRow): string => key(balancerArn, port ?? 0);

export const elbTables = {
  balancers: table<BalancerRow>()({
    key: (row) => row.arn,
    indexes: { name: (row) => key(row.name), path: (row) => key(row.path) },
  }),
  listeners: table<ListenerRow>()({ key: (row) => row.arn, indexes: { balancer: listenerOrder } }),
  rules: table<RuleRow>()({
    key: (row) => row.arn,
    indexes: { listener: (row) => key(row.listenerArn, row.priority) },
  }),
  groups: table<GroupRow>()({ key: (row) => row.arn, indexes: { name: (row) => key(row.name) } }),
  targets: table<TargetRow>()({ key: (row) => targetKey(row), indexes: { id: (row) => key(row.id, row.groupArn) } }),
  hostCounts: table<HostCountRow>()({ key: (row) => key(row.groupArn, row.at) }),
  checkers: table<CheckerRow>()({ key: (row) => row.groupArn }),
  tags: table<TagRow>()({ key: (row) => key(row.arn, row.key) }),
  trustStores: table<TrustStoreRow>()({ key: (row) => row.arn, indexes: { name: (row) => key(row.name) } }),
  names: table<DnsNameRow>()({ key: (row) => row.label, scope: 'cloud' }),
};

export const targetKey = ({ groupArn, id, port }: Pick<TargetRow, 'groupArn' | 'id' | 'port'>): string =>
  key(groupArn, id, port ?? 0);

export type ElbState = StateOf<typeof elbTables>;
export type ElbContext = Context<ElbState>;
export type Sdk = typeof Elb;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, ElbState, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
export type Output<Name extends OperationName<Sdk>> = OutputOf<Sdk, Name>;
