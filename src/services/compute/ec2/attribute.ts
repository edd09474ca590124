// Operations that set attributes take one in a request.
import { errors } from './errors.ts';

/** @throws InvalidParameterCombination when a request names no attribute, or several. */
export function checkOneAttribute(given: readonly unknown[]): void {
  const named = given.filter((one) => one !== undefined).length;
  if (named === 0) throw errors.combination('No attributes specified.');
  if (named > 1) throw errors.combination('Fields for multiple attribute types specified.');
}
