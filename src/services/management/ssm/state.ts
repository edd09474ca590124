// The data model of Parameter Store.
import { key } from '../../../kernel/key.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export const parameterTypes = ['String', 'StringList', 'SecureString'] as const;
export type ParameterType = (typeof parameterTypes)[number];
export type Tier = 'Standard' | 'Advanced';

/** One version of a parameter. */
export interface VersionRow {
  readonly name: string;
  readonly version: number;
  readonly type: ParameterType;
  readonly value: string;
  readonly description?: string | undefined;
  readonly allowedPattern?: string | undefined;
  /** SecureString only; the key as it was named. */
  readonly keyId?: string | undefined;
  readonly tier: Tier;
  /** JSON texts of the policies. */
  readonly policies: readonly string[];
  readonly dataType: string;
  readonly labels: readonly string[];
  readonly modifiedAt: Instant;
  /** ARN of who wrote it. */
  readonly modifiedBy: string;
}

/** The latest version, for reading by name and by path. */
export interface ParameterRow {
  readonly name: string;
  readonly latest: VersionRow;
  /** The oldest version that is kept. */
  readonly oldest: number;
  /** The job that deletes it, when an expiration policy says so. */
  readonly expiryJob?: string | undefined;
}

export interface TagRow {
  /** `Parameter`, `Document` … */
  readonly resourceType: string;
  readonly resourceId: string;
  readonly key: string;
  readonly value: string;
}

export interface DocumentVersion {
  /** `1`, `2` … */
  readonly version: string;
  readonly versionName?: string | undefined;
  readonly content: string;
  readonly format: 'JSON' | 'YAML' | 'TEXT';
  readonly displayName?: string | undefined;
  readonly targetType?: string | undefined;
  readonly createdAt: Instant;
}

export interface DocumentRow {
  readonly name: string;
  readonly type: string;
  /** Oldest first. */
  readonly versions: readonly DocumentVersion[];
  readonly defaultVersion: string;
  /** Counts on also where versions are deleted. */
  readonly nextVersion: number;
  readonly sharedWith: readonly string[];
}

export const ssmTables = {
  parameters: table<ParameterRow>()({ key: (row) => row.name }),
  versions: table<VersionRow>()({ key: (row) => key(row.name, row.version) }),
  documents: table<DocumentRow>()({ key: (row) => row.name }),
  tags: table<TagRow>()({ key: (row) => key(row.resourceType, row.resourceId, row.key) }),
};

export type SsmState = StateOf<typeof ssmTables>;
