// The types in which the handlers of S3 Control are written.
import type * as S3Control from '@aws-sdk/client-s3-control';
import type { Handler, InputOf, OperationName } from '../../../kernel/service.ts';
import type { S3Context } from '../s3/operation.ts';
import type { S3State } from '../s3/state.ts';

export type Sdk = typeof S3Control;
export type ControlContext = S3Context;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, S3State, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
