// The road: a request becomes a value at the door, walks one straight line, and becomes bytes again at the door. The order is kept
// by types: what a step takes, only the step before it makes. Calls between services enter at `Decoded`.
import { type Activity, type Timeline } from './timeline.ts';
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

/** … and which IAM and the fault plan let pass. */
export interface Admitted extends Decoded {
  readonly handler: AnyHandler<never>;
  readonly context: Context<never>;
}

export interface Handled {
  readonly output: object;
}

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

/** From a decoded call to what its handler answers, durable. */
export async function walk(call: Decoded, ports: Ports, activity: Activity): Promise<Handled> {
  const loaded = ports.service(call.service);
  const service = loaded instanceof Promise ? await loaded : loaded;
  const handler = service?.operations[call.operation] as AnyHandler<never> | undefined;
  if (service === undefined || handler === undefined) throw notImplemented(call.service, call.operation);
  const admitted = await admit({ ...call, handler, context: ports.context(call, service, activity) }, service, ports);
  return handle(admitted, ports);
}

async function admit(call: Admitted, service: AnyService, ports: Ports): Promise<Admitted> {
  const asksIam = service.unsigned?.includes(call.operation) !== true;
  if (asksIam && ports.authority.mayDeny(call.caller, call.service)) {
    const asked = ports.permissions(service, call, call.context);
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
  const fault = ports.admit(call);
  if (fault !== undefined) await fault;
  return call;
}

async function handle({ handler, input, context }: Admitted, ports: Ports): Promise<Handled> {
  const { result, saved } = ports.transaction(() => handler(input as never, context));
  const output = result instanceof Promise ? await result : result;
  if (saved !== undefined) await saved;
  return { output: (output ?? {}) as object };
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
