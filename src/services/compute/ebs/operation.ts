// The types that every handler of `ebs` is written with. Its tables are those of `ec2`.
import type * as Ebs from '@aws-sdk/client-ebs';
import type { Handler, InputOf, OperationName } from '../../../kernel/service.ts';
import type { Ec2State } from '../ec2/state.ts';

export type Sdk = typeof Ebs;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, Ec2State, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
