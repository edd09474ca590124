// The road: a request becomes a value at the door, walks one straight line, and becomes bytes again at the door. The order is kept
// by types: what a step takes, only the step before it makes. Calls between services enter at `Decoded`.
import { Activity, type Timeline } from './timeline.ts';
import type { Authority } from './authority.ts';
import { AwsError, notImplemented } from './errors.ts';
import type { Place } from './place.ts';
import type { AnyHandler, AnyService, Context, Origin, Permission, Principal } from './service.ts';

/** A request whose service, place and caller are known. */
export interface Identified extends Place {
  readonly service: string;
  readonly requestId: string;
  readonly caller: Principal;
  readonly origin: Origin;
  /** Tells whom to call when the client leaves. */
  readonly onGone?: ((gone: () => void) => void) | undefined;
}

/** … and whose operation and input are, checked against the model. */
export interface Decoded extends Identified {
  readonly operation: string;
  readonly input: object;
}

/** … and which IAM and the fault plan let pass: what is left to do. */
export interface Admitted {
  readonly handler: AnyHandler<never>;
  readonly input: object;
  readonly context: Context<never>;
}

/** What the handler answers, durable. */
export type Handled = object;

/** The small ports on the road; `cloud.ts` fills them in. */
export interface Ports {
  readonly authority: Authority;
  /** The service, loaded; undefined when the catalogue knows it but nothing of it is built. */
  service(name: string): AnyService | undefined | Promise<AnyService | undefined>;
  /** What the operation needs; asked only when somebody could be denied. */
  permissions(
    service: AnyService,
    call: Decoded,
    context: Context<never>,
  ): readonly Permission[] | Promise<readonly Permission[]>;
  /** @throws AwsError when a fault is in force for the call. */
  admit(call: Decoded): void | Promise<void>;
  context(call: Identified, service: AnyService, activity: Activity): Context<never>;
  transaction<Result>(change: () => Result): { readonly result: Result; readonly saved: Promise<void> | undefined };
  readonly timeline: Timeline;
}

/** From a decoded call to what its handler answers, durable. Every request comes by here, so it waits for little. */
export async function walk(call: Decoded, ports: Ports): Promise<Handled> {
  const activity = new Activity();
  try {
    const loaded = ports.service(call.service);
    const service = loaded instanceof Promise ? await loaded : loaded;
    const handler = (service?.operations[call.operation] ?? service?.internal?.[call.operation]) as
      | AnyHandler<never>
      | undefined;
    if (service === undefined || handler === undefined) throw notImplemented(call.service, call.operation);
    const context = ports.context(call, service, activity);
    const asksIam = service.unsigned?.includes(call.operation) !== true;
    if (asksIam && ports.authority.mayDeny(call.caller, call.service)) await authorize(call, service, context, ports);
    // Always a wait: a handler that calls has its transaction open until its own first one, and this call is no part of that.
    await ports.admit(call);
    const handled = handle({ handler, input: call.input, context }, ports);
    return handled instanceof Promise ? await handled : handled;
  } finally {
    activity.rest();
  }
}

async function authorize(call: Decoded, service: AnyService, context: Context<never>, ports: Ports): Promise<void> {
  const asked = ports.permissions(service, call, context);
  const permissions = asked instanceof Promise ? await asked : asked;
  const { account, region, partition, operation, origin, requestId } = call;
  ports.authority.authorize({
    account,
    region,
    partition,
    operation,
    origin,
    requestId,
    service: call.service,
    principal: call.caller,
    permissions,
  });
}

function handle({ handler, input, context }: Admitted, ports: Ports): Handled | Promise<Handled> {
  const { result, saved } = ports.transaction(() => handler(input as never, context));
  if (saved === undefined && !(result instanceof Promise)) return (result ?? {}) as object;
  return Promise.all([result, saved]).then(([output]) => (output ?? {}) as object);
}

/** An error as a client may see it. What is not AWS's is ours: `report` hears of it, the client gets `InternalFailure`. */
export function publicError(error: unknown, report: (error: unknown) => void): AwsError {
  if (error instanceof AwsError) return error;
  report(error);
  return new AwsError(
    'InternalFailure',
    500,
    'The request processing has failed because of an unknown error, exception or failure.',
  );
}
