// What surrounds every handler of `ec2`: the default VPC is there, a client token is honoured, a dry run leaves nothing.
import { createHash } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import type { AnyHandler } from '../../../kernel/service.ts';
import { later, secondsPerDay } from '../../../kernel/units.ts';
import { settle } from '../../networking/vpc/default-vpc.ts';
import { errors } from './errors.ts';
import type { OperationName } from '../../../kernel/service.ts';
import type { Ec2Context, Input, Output, Sdk } from './operation.ts';
import type { Ec2State } from './state.ts';

interface Request {
  readonly DryRun?: boolean | undefined;
  readonly ClientToken?: string | undefined;
}

type EcHandler = AnyHandler<Ec2State>;

/** How long a client token is remembered. @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html */
const tokenSeconds = secondsPerDay;

/** Dates do not fit in rows: they are marked on the way in and made again on the way out. */
const writeAnswer = (answer: object): string =>
  JSON.stringify(answer, function mark(this: Record<string, unknown>, name, value: unknown) {
    const raw = this[name];
    return raw instanceof Date ? { $date: raw.getTime() } : value;
  });

const readAnswer = (text: string): object =>
  JSON.parse(text, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && '$date' in value ? new Date(Number(value.$date)) : value,
  ) as object;

const digest = (input: object): string => createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 32);

function forgetOld({ state, clock }: Ec2Context): void {
  const bound = key(clock.now());
  for (const row of state.tokens.index('expiry').list({ to: bound, limit: 10 })) state.tokens.delete(row.id);
}

/** Answers a repeated request as the first was answered. @throws IdempotentParameterMismatch for another request with the same token. */
function once(name: string, handler: EcHandler, input: Request, context: Ec2Context): object {
  const { state, clock } = context;
  const id = key(name, input.ClientToken ?? '');
  const known = state.tokens.find(id);
  if (known !== undefined && known.expiresAt > clock.now()) {
    if (known.digest !== digest(input)) throw errors.tokenMismatch();
    return readAnswer(known.answer);
  }
  forgetOld(context);
  const answer = handler(input, context) as object;
  const expiresAt = later(clock.now(), tokenSeconds);
  state.tokens.put({ id, digest: digest(input), answer: writeAnswer(answer), expiresAt });
  return answer;
}

/** Stands around a synchronous handler. What a dry run wrote goes with the error that ends its transaction. */
export const around =
  (name: string, handler: EcHandler): EcHandler =>
  (input: Request, context) => {
    settle(context);
    const answer =
      input.ClientToken === undefined ? (handler(input, context) as object) : once(name, handler, input, context);
    if (input.DryRun === true) throw errors.dryRun();
    return answer;
  };

/** Asks another service before a handler runs; undefined when there is nothing to ask. May read, must not write. */
export type Asked<Name extends OperationName<Sdk>, Found> = (
  input: Input<Name>,
  context: Ec2Context,
) => Promise<Found> | undefined;

/** Stands around a handler that decides by what another service said. Client token and dry run are as for the synchronous ones. */
export const aroundAsked =
  <Name extends OperationName<Sdk>, Found>(
    name: Name,
    ask: Asked<Name, Found>,
    handler: (input: Input<Name>, context: Ec2Context, found: Found | undefined) => Output<Name>,
  ): EcHandler =>
  (input: Input<Name>, context: Ec2Context) => {
    const asking = ask(input, context);
    if (asking === undefined) return around(name, (given, inside) => handler(given, inside, undefined))(input, context);
    return asking.then((found) =>
      context.transact(() => around(name, (given, inside) => handler(given, inside, found))(input, context)),
    );
  };

/** Stands around a handler that waits for another service. Its client token is its own business. */
export const aroundAsync =
  (handler: EcHandler): EcHandler =>
  async (input: Request, context) => {
    await context.transact(() => settle(context));
    if (input.DryRun === true) throw errors.dryRun();
    return handler(input, context) as Promise<object>;
  };
