// Rows of Fault Injection Service.
import { key } from '../../../kernel/key.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

type Words = Readonly<Record<string, string>>;

export interface TargetSpec {
  readonly resourceType: string;
  readonly resourceArns?: readonly string[] | undefined;
  readonly resourceTags?: Words | undefined;
  readonly filters?: readonly { readonly path: string; readonly values: readonly string[] }[] | undefined;
  /** `ALL`, `COUNT(2)`, `PERCENT(50)`. */
  readonly selectionMode: string;
  readonly parameters?: Words | undefined;
}

export interface ActionSpec {
  readonly actionId: string;
  readonly description?: string | undefined;
  readonly parameters?: Words | undefined;
  /** The action's name for a target (`Instances`) → the template's name for it. */
  readonly targets?: Words | undefined;
  readonly startAfter?: readonly string[] | undefined;
}

export interface StopCondition {
  /** `none` or `aws:cloudwatch:alarm`. */
  readonly source: string;
  /** ARN of the alarm. */
  readonly value?: string | undefined;
}

export interface LogConfiguration {
  readonly s3Configuration?:
    | { readonly bucketName?: string | undefined; readonly prefix?: string | undefined }
    | undefined;
  readonly cloudWatchLogsConfiguration?: { readonly logGroupArn?: string | undefined } | undefined;
  readonly logSchemaVersion?: number | undefined;
}

/** An account in which a multi-account experiment acts, and the role by which it does. */
export interface TargetAccount {
  readonly accountId: string;
  readonly roleArn: string;
  readonly description?: string | undefined;
}

export interface TargetAccountRow extends TargetAccount {
  readonly templateId: string;
  readonly clientToken: string;
}

/** What a template says and an experiment takes over. */
export interface Plan {
  readonly description: string;
  readonly targets: Readonly<Record<string, TargetSpec>>;
  readonly actions: Readonly<Record<string, ActionSpec>>;
  readonly stopConditions: readonly StopCondition[];
  readonly roleArn: string;
  readonly logConfiguration?: LogConfiguration | undefined;
  /** Kept and shown. Differs: no report is written. */
  readonly reportConfiguration?: object | undefined;
  readonly accountTargeting: 'single-account' | 'multi-account';
  readonly emptyTargetResolutionMode: 'fail' | 'skip';
}

export interface TemplateRow extends Plan {
  readonly id: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly tags: Words;
  readonly clientToken: string;
}

export type ExperimentStatus = 'pending' | 'initiating' | 'running' | 'completed' | 'stopping' | 'stopped' | 'failed';
export type ActionStatus = ExperimentStatus | 'cancelled' | 'skipped';

export interface Failure {
  readonly reason: string;
  /** `InvalidTarget`, `Unauthorized` … */
  readonly code: string;
  /** The target or action at which it failed. */
  readonly location?: string | undefined;
  /** Where it failed, when not in the experiment's own account. */
  readonly accountId?: string | undefined;
}

/** An action of an experiment, and how it stands. */
export interface ActionRun extends ActionSpec {
  readonly status: ActionStatus;
  readonly reason: string;
  readonly startedAt?: Instant | undefined;
  readonly endedAt?: Instant | undefined;
  /** By account, what its end takes back: names of what it made. Its own business. */
  readonly undo?: Readonly<Record<string, object>> | undefined;
  /** The job that ends it. */
  readonly endJob?: string | undefined;
}

export interface ExperimentRow extends Plan {
  readonly id: string;
  readonly templateId: string;
  readonly actionsMode: 'run-all' | 'skip-all';
  readonly status: ExperimentStatus;
  readonly reason: string;
  readonly failure?: Failure | undefined;
  readonly runs: Readonly<Record<string, ActionRun>>;
  /** ARNs by target, once they are resolved. */
  readonly resolved: Readonly<Record<string, readonly string[]>>;
  /** Of a multi-account experiment, as they were at its start. */
  readonly targetAccounts?: readonly TargetAccount[] | undefined;
  /** Records for its log, when it has one. */
  readonly log?: readonly LogRecord[] | undefined;
  readonly createdAt: Instant;
  readonly startedAt?: Instant | undefined;
  readonly endedAt?: Instant | undefined;
  readonly tags: Words;
  readonly clientToken: string;
}

export interface LogRecord {
  readonly type: string;
  readonly at: Instant;
  readonly details: object;
}

export interface LeverRow {
  readonly id: 'default';
  readonly status: 'engaged' | 'disengaged';
  readonly reason: string;
}

export const isOver = (status: ActionStatus): boolean =>
  status === 'completed' ||
  status === 'stopped' ||
  status === 'failed' ||
  status === 'cancelled' ||
  status === 'skipped';

export const definitions = {
  templates: table<TemplateRow>()({
    key: (row) => row.id,
    indexes: { token: (row) => key(row.clientToken), order: (row) => key(row.createdAt, row.id) },
  }),
  experiments: table<ExperimentRow>()({
    key: (row) => row.id,
    indexes: {
      token: (row) => key(row.clientToken),
      order: (row) => key(row.createdAt, row.id),
      template: (row) => key(row.templateId, row.createdAt),
      live: (row) => (isOver(row.status) ? undefined : key(row.createdAt)),
    },
  }),
  targetAccounts: table<TargetAccountRow>()({ key: (row) => key(row.templateId, row.accountId) }),
  levers: table<LeverRow>()({ key: (row) => row.id }),
};

export type FisState = StateOf<typeof definitions>;
