// Names of parameters: plain, or paths of up to fifteen levels; with a version or a label behind a colon; or as an ARN.
// @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
import { errors } from './errors.ts';
import { fullNameMax, levelsMax } from './limits.ts';
import type { SsmContext } from './operation.ts';

const rule = (prefix: string): string =>
  `Parameter name: can't be prefixed with "${prefix}" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`;

/** `arn:aws:ssm:us-east-1:123456789012:parameter/db/url`; a name without a slash gets one. */
export const arnOf = ({ partition, region, account }: SsmContext, name: string): string =>
  `arn:${partition}:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;

/** @throws for a name that no new parameter may have. */
export function checkName(context: SsmContext, name: string): void {
  const first = (name.startsWith('/') ? name.slice(1) : name).toLowerCase();
  if (first.startsWith('aws')) throw errors.reserved(name);
  if (first.startsWith('ssm')) throw errors.invalid(rule('ssm'));
  if (!/^[\w./-]+$/.test(name) || name.endsWith('/') || name.includes('//')) throw errors.invalid(rule('ssm'));
  if (name.includes('/') && !name.startsWith('/'))
    throw errors.invalid('Parameter name must be a fully qualified name.');
  if (name.split('/').length - 1 > levelsMax) throw errors.levels();
  if (arnOf(context, name).length > fullNameMax)
    throw errors.invalid(`Parameter name exceeds the maximum length of ${fullNameMax} characters.`);
}

export interface Named {
  readonly name: string;
  /** `:3`, `:prod`: as given, colon included. */
  readonly selector?: string | undefined;
}

/** What a request means by a name. An ARN of this account and Region is its name. */
export function readName(context: SsmContext, given: string): Named {
  const text = given.trim();
  const arn = /^arn:[\w-]+:ssm:([\w-]+):(\d{12}):parameter(\/.*)$/.exec(text);
  const plain = arn === null ? text : ofArn(context, arn[3] as string);
  const at = plain.indexOf(':');
  if (at < 0) return { name: plain };
  return { name: plain.slice(0, at), selector: plain.slice(at) };
}

/** An ARN does not tell a name `a` from a path `/a`: whichever is there is meant. */
function ofArn({ state }: SsmContext, path: string): string {
  const bare = path.slice(1);
  const name = bare.split(':')[0] ?? '';
  return !name.includes('/') && state.parameters.has(name) ? bare : path;
}
