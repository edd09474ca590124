// In development and in tests a writer refuses what the model does not know. TypeScript lets a stray member pass in an
// arrow function's result; a client would never see it, and nobody would notice.
import type { StructureShape } from './model.ts';

let strict = false;

/** Switches strict writing on or off, for the whole process. */
export const setStrict = (on: boolean): void => {
  strict = on;
};

export const strictly = (): boolean => strict;

export class NotOfTheModel extends Error {}

/** Throws for a member that the structure does not have. `$metadata` and its like, which the SDK's types add, may stand. */
export const refuseUnknown = (shape: StructureShape, value: object): void => {
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined && !name.startsWith('$') && shape.find(name) === undefined) {
      throw new NotOfTheModel(`${shape.name} has no member ${name}`);
    }
  }
};

/** A value of the wrong type in an answer: a bug of ours. Refused when strict, else the harmless `instead`. */
export const unexpected = (value: unknown, expected: string, instead: string): string => {
  if (strict) throw new NotOfTheModel(`${typeof value} where the model has ${expected}`);
  return instead;
};
