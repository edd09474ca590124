// The types that every handler of `ec2` is written with.
import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Context, Handler, InputOf, OperationName, OutputOf } from '../../../kernel/service.ts';
import type { Ec2State } from './state.ts';

export type Sdk = typeof Ec2;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, Ec2State, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
export type Output<Name extends OperationName<Sdk>> = OutputOf<Sdk, Name>;
export type Ec2Context = Context<Ec2State>;

export const arnOf = ({ partition, region, account }: Ec2Context, type: string, id: string): string =>
  `arn:${partition}:ec2:${region}:${account}:${type}/${id}`;
