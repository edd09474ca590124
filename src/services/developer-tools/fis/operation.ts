// The types that every handler of `fis` is written with.
import type * as Fis from '@aws-sdk/client-fis';
import type { Context, InputOf, OperationName, OutputOf } from '../../../kernel/service.ts';
import type { FisState } from './state.ts';

export type Sdk = typeof Fis;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
export type FisContext = Context<FisState>;

/** This SDK's types take no `undefined` for a member that is left out, and no list that nobody may change; the wire does. */
type Answer<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Answer<Item>[]
    : T extends object
      ? { readonly [K in keyof T]?: Answer<T[K]> | undefined }
      : T;

export type Operation<Name extends OperationName<Sdk>> = (
  input: Input<Name>,
  context: FisContext,
) => Answer<OutputOf<Sdk, Name>>;
