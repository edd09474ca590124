// Calls between services. They enter the road at `Decoded`: IAM, faults, the bill and the trail see them, no byte is encoded.
import type { Principal } from './service.ts';

export interface CallOptions {
  /** Who calls. Default: the caller of the running request. A service acts as `{ service: 's3.amazonaws.com' }`. */
  readonly as?: Principal | { readonly service: string } | undefined;
  /** For a service principal: what it acts for, `aws:SourceArn` and `aws:SourceAccount`. */
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

export interface Clients {
  /**
   * Calls an operation of another service. Give the SDK module's type for typed input and output:
   * `aws.call<SendMessageCommandInput, SendMessageCommandOutput>('sqs', 'SendMessage', { … })`.
   */
  call<Input extends object, Output>(
    service: string,
    operation: string,
    input: Input,
    options?: CallOptions,
  ): Promise<Output>;
}
