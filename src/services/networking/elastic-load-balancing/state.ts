// What Classic Load Balancers keep. Read this first.
import type * as Classic from '@aws-sdk/client-elastic-load-balancing';
import { key } from '../../../kernel/key.ts';
import type { Context, Handler, InputOf, OperationName, OutputOf } from '../../../kernel/service.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { NodeRow, TargetHealthRow } from '../elastic-load-balancing-v2/state.ts';

export type Protocol = 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';

export interface ListenerRow {
  readonly port: number;
  readonly protocol: Protocol;
  readonly instancePort: number;
  readonly instanceProtocol: Protocol;
  readonly certificateArn?: string | undefined;
  readonly policyNames: readonly string[];
}

export interface PolicyRow {
  readonly name: string;
  readonly type: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

export interface CheckRow {
  /** `HTTP:80/index.html`, `TCP:22`. */
  readonly target: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyCount: number;
  readonly unhealthyCount: number;
}

export interface AttributesRow {
  readonly crossZone: boolean;
  readonly accessLog: {
    readonly enabled: boolean;
    readonly bucket?: string | undefined;
    readonly prefix?: string | undefined;
    readonly everyMinutes: number;
  };
  readonly draining: { readonly enabled: boolean; readonly seconds: number };
  readonly idleSeconds: number;
  readonly desyncMode: string;
}

export interface BalancerRow {
  readonly name: string;
  readonly scheme: 'internet-facing' | 'internal';
  readonly vpcId: string;
  readonly createdAt: Instant;
  /** Without the suffix: `web-1234567890.us-east-1.elb`. */
  readonly dnsLabel: string;
  readonly nodes: readonly NodeRow[];
  readonly groupIds: readonly string[];
  /** Name of the group that instances can admit. */
  readonly sourceGroup: string;
  readonly listeners: readonly ListenerRow[];
  readonly policies: readonly PolicyRow[];
  /** Policies of instance ports. */
  readonly backends: readonly { readonly port: number; readonly policyNames: readonly string[] }[];
  readonly check: CheckRow;
  readonly attributes: AttributesRow;
}

/** A registered instance; one that is leaving stays until its connections had time to end. */
export interface InstanceRow {
  readonly balancer: string;
  readonly id: string;
  readonly zone: string;
  readonly registeredAt: Instant;
  readonly drainingUntil?: Instant | undefined;
  readonly health: TargetHealthRow;
}

export interface TagRow {
  readonly balancer: string;
  readonly key: string;
  readonly value: string;
}

/** Whose a DNS name is: names are one space for all accounts. */
export interface DnsNameRow {
  readonly label: string;
  readonly account: string;
  readonly region: string;
  readonly balancer: string;
}

/** The job that will check a load balancer's instances next. */
export interface CheckerRow {
  readonly balancer: string;
  readonly jobId: string;
}

/** From when on so many instances were in service. */
export interface HostCountRow {
  readonly balancer: string;
  readonly at: Instant;
  readonly healthy: number;
  readonly unhealthy: number;
}

export const classicTables = {
  balancers: table<BalancerRow>()({ key: (row) => key(row.name) }),
  instances: table<InstanceRow>()({ key: (row) => instanceKey(row), indexes: { id: (row) => key(row.id) } }),
  tags: table<TagRow>()({ key: (row) => key(row.balancer, row.key) }),
  hostCounts: table<HostCountRow>()({ key: (row) => key(row.balancer, row.at) }),
  checkers: table<CheckerRow>()({ key: (row) => row.balancer }),
  names: table<DnsNameRow>()({ key: (row) => row.label, scope: 'cloud' }),
};

export const instanceKey = ({ balancer, id }: Pick<InstanceRow, 'balancer' | 'id'>): string => key(balancer, id);

export type ClassicState = StateOf<typeof classicTables>;
export type ClassicContext = Context<ClassicState>;
export type Sdk = typeof Classic;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, ClassicState, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
export type Output<Name extends OperationName<Sdk>> = OutputOf<Sdk, Name>;
