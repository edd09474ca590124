// What a cloud can be told when it is opened.
import type { ClockMode } from './kernel/clock.ts';
import type { GuestKind } from './parts.ts';

export type IamMode = 'enforce' | 'explain' | 'off';

export interface CloudOptions {
  /** The default account, whose root user any unknown access key is. Default: `000000000000`. */
  readonly account?: string | undefined;
  /** The Region of requests that name none. Default: `us-east-1`. */
  readonly region?: string | undefined;
  /** Default: true chance, so that two clouds differ. */
  readonly seed?: string | number | undefined;
  /** Default: real time. */
  readonly clock?: ClockMode | undefined;
  /** Where the clock starts. Default: now. */
  readonly startAt?: Date | undefined;
  /** Keeps everything in this folder. Default: in memory. */
  readonly dataFolder?: string | undefined;
  /** Default: `enforce`, for credentials that the cloud issued. */
  readonly iam?: IamMode | undefined;
  /** What runs in instances. Default: `simulated`. */
  readonly guests?: GuestKind | undefined;
  /** Checks of our own that cost time: frozen rows, answers held against the model. Default: false. */
  readonly strict?: boolean | undefined;
  /** Hears of bugs: errors that are not AWS's. Default: standard error. */
  readonly report?: ((message: string) => void) | undefined;
}
