// The types that every handler of `ssm` is written with.
import type * as Ssm from '@aws-sdk/client-ssm';
import type { Context, Handler, InputOf, OperationName } from '../../../kernel/service.ts';
import type { SsmState } from './state.ts';

export type Sdk = typeof Ssm;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, SsmState, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
export type SsmContext = Context<SsmState>;
