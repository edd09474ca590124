// The types in which the handlers of S3 are written.
import type * as S3 from '@aws-sdk/client-s3';
import type { Context, Handler, InputOf, OperationName, OutputOf } from '../../../kernel/service.ts';
import type { S3State } from './state.ts';

export type Sdk = typeof S3;
export type S3Context = Context<S3State>;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, S3State, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
export type Output<Name extends OperationName<Sdk>> = OutputOf<Sdk, Name>;

/** A body on its way out: the SDK's type names what its clients make of it, the road takes bytes as they come. */
export const outgoing = (body: AsyncIterable<Uint8Array> | Uint8Array): never => body as unknown as never;
