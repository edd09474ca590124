// Capacity: what requests consume, and how answers tell it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
import { readUnitBytes, writeUnitBytes } from './limits.ts';
import type { SecondaryIndex } from './state.ts';

export type CapacityReport = 'INDEXES' | 'TOTAL' | 'NONE' | undefined;

/** Read units for so many bytes: half as much when eventually consistent, twice as much in a transaction. */
export function readUnits(bytes: number, mode: 'eventual' | 'strong' | 'transaction'): number {
  const units = Math.max(1, Math.ceil(bytes / readUnitBytes));
  return mode === 'eventual' ? units / 2 : mode === 'strong' ? units : units * 2;
}

/** Write units for so many bytes. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / writeUnitBytes));

interface Shown {
  CapacityUnits: number;
  ReadCapacityUnits?: number;
  WriteCapacityUnits?: number;
}

/** What requests consumed of one table and its indexes. */
export class Consumption {
  readonly #kind: 'read' | 'write';
  readonly #split: boolean;
  #table = 0;
  /** Made for the first index: most requests touch none. */
  #indexes: Map<SecondaryIndex, number> | undefined;

  /** @param split tells read and write units apart in the answer, as transactions do. */
  constructor(kind: 'read' | 'write', split = false) {
    this.#kind = kind;
    this.#split = split;
  }

  addTable(units: number): void {
    this.#table += units;
  }

  addIndex(index: SecondaryIndex, units: number): void {
    this.#indexes ??= new Map();
    this.#indexes.set(index, (this.#indexes.get(index) ?? 0) + units);
  }

  /** Takes over what another request consumed of the same table. */
  add(other: Consumption): void {
    this.addTable(other.#table);
    for (const [index, units] of other.#indexes ?? []) this.addIndex(index, units);
  }

  get total(): number {
    let sum = this.#table;
    for (const units of this.#indexes?.values() ?? []) sum += units;
    return sum;
  }

  #shown(units: number): Shown {
    if (!this.#split) return { CapacityUnits: units };
    return this.#kind === 'read'
      ? { CapacityUnits: units, ReadCapacityUnits: units }
      : { CapacityUnits: units, WriteCapacityUnits: units };
  }

  #ofKind(kind: SecondaryIndex['kind']): Record<string, Shown> | undefined {
    const shown = [...(this.#indexes ?? [])]
      .filter(([index]) => index.kind === kind)
      .map(([index, units]) => [index.name, this.#shown(units)] as const);
    return shown.length === 0 ? undefined : Object.fromEntries(shown);
  }

  /** `ConsumedCapacity` as asked for; undefined when it was not. */
  report(asked: CapacityReport, tableName: string): ReportedCapacity | undefined {
    if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
    const total = { TableName: tableName, ...this.#shown(this.total) };
    if (asked === 'TOTAL') return total;
    const global = this.#ofKind('global');
    const local = this.#ofKind('local');
    return {
      ...total,
      Table: this.#shown(this.#table),
      ...(global && { GlobalSecondaryIndexes: global }),
      ...(local && { LocalSecondaryIndexes: local }),
    };
  }
}

export interface ReportedCapacity extends Shown {
  TableName: string;
  Table?: Shown;
  GlobalSecondaryIndexes?: Record<string, Shown>;
  LocalSecondaryIndexes?: Record<string, Shown>;
}

/** `{ ConsumedCapacity }`, or nothing. */
export const reported = <Report>(capacity: Report | undefined): { ConsumedCapacity?: Report } =>
  capacity === undefined ? {} : { ConsumedCapacity: capacity };
