// Reads the generated tables in constraints/ (tools/constraints.mjs says how they are laid out), each once and when first asked for.
import { findDataFile } from '../kernel/data-file.ts';

type Member = readonly [name: string, shape: number, isRequired?: 1];
type Maybe<T> = T | null | undefined;

export type Shape =
  | readonly ['S', name: string, ...members: Member[]]
  | readonly ['L', item: number, min?: Maybe<number>, max?: Maybe<number>]
  | readonly ['M', key: number, value: number, min?: Maybe<number>, max?: Maybe<number>]
  | TextShape
  | readonly ['B' | 'N', min?: Maybe<number>, max?: Maybe<number>];

export type TextShape = readonly [
  'T',
  min?: Maybe<number>,
  max?: Maybe<number>,
  pattern?: Maybe<string>,
  values?: Maybe<readonly string[]>,
  isSensitive?: Maybe<1>,
];

/** How an operation pages: names of members, several where a page is marked by several. */
export interface Paging {
  readonly inputTokens: readonly string[];
  readonly outputTokens: readonly string[];
  readonly limit: string | undefined;
  readonly results: readonly string[];
}

type OperationRow = readonly [
  input: number,
  errors?: readonly number[],
  paging?: readonly [string[], string[], string | null, string[]],
];

export interface ConstraintTable {
  /** `json`, `rest-json`, `rest-xml`, `query`, `ec2`, `smithy-rpc-v2-cbor`. */
  readonly protocol: string;
  readonly shapes: readonly Shape[];
  readonly errors: readonly string[];
  readonly operations: Readonly<Record<string, OperationRow>>;
}

const tables = new Map<string, ConstraintTable | undefined>();

/** The table of a service by its folder name (`cloudwatch-logs`); undefined when there is none. */
export function constraintTable(service: string): ConstraintTable | undefined {
  if (tables.has(service)) return tables.get(service);
  const table = /^[a-z0-9-]+$/.test(service) ? readTable(service) : undefined;
  tables.set(service, table);
  return table;
}

const readTable = (service: string): ConstraintTable | undefined => {
  const text = findDataFile(new URL(`./constraints/${service}.json`, import.meta.url));
  return text === undefined ? undefined : JSON.parse(text);
};

const rowOf = (service: string, operation: string): OperationRow | undefined => {
  const operations = constraintTable(service)?.operations;
  return operations !== undefined && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
};

/** Names of the errors that AWS's model lists for an operation. */
export function errorsOfOperation(service: string, operation: string): string[] {
  const names = constraintTable(service)?.errors ?? [];
  return (rowOf(service, operation)?.[1] ?? []).flatMap((at) => names[at] ?? []);
}

/** How an operation pages; undefined when it does not. */
export function pagingOf(service: string, operation: string): Paging | undefined {
  const paging = rowOf(service, operation)?.[2];
  if (paging === undefined) return undefined;
  const [inputTokens, outputTokens, limit, results] = paging;
  return { inputTokens, outputTokens, limit: limit ?? undefined, results };
}

/** Index of the shape of an operation's input in `shapes`; undefined when nothing of it is constrained. */
export function inputShapeOf(service: string, operation: string): number | undefined {
  const input = rowOf(service, operation)?.[0];
  return input === undefined || input < 0 ? undefined : input;
}
