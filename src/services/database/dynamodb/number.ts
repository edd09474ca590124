// DynamoDB's numbers: decimal, exact, up to 38 significant digits, magnitudes 1E-130 to 9.99…E+125.
//
// A number lives as its canonical text: plain decimal notation without exponent, without a needless zero or sign. Equal
// numbers have equal texts, so equality is `===`. Arithmetic is done on whole numbers (BigInt) with a common scale.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
import { errors } from './errors.ts';

const digitsMax = 38;
const exponentMax = 125;
const exponentMin = -130;

/** A number other than zero taken apart: ± 0.d1d2d3… × 10^point, d1 and the last digit not zero. */
interface Parts {
  readonly negative: boolean;
  readonly digits: string;
  readonly point: number;
}

const shortWhole = /^-?[1-9][0-9]{0,14}$/;
const numeral = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;

const overflow = () =>
  errors.validation('Number overflow. Attempting to store a number with magnitude larger than supported range');
const underflow = () =>
  errors.validation('Number underflow. Attempting to store a number with magnitude smaller than supported range');
const tooPrecise = () => errors.validation('Attempting to store more than 38 significant digits in a Number');

/** Takes a numeral apart; undefined for zero; throws what AWS says of a text that is none. */
function parse(text: string): Parts | undefined {
  const match = numeral.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole.length + fraction.length === 0) {
    const shown = text === '' ? '' : `: ${text}`;
    throw errors.validation(`The parameter cannot be converted to a numeric value${shown}`);
  }
  const all = whole + fraction;
  let first = 0;
  while (all.charCodeAt(first) === 48) first++;
  if (first === all.length) return undefined;
  let last = all.length;
  while (all.charCodeAt(last - 1) === 48) last--;
  const point = whole.length - first + Number(match[4] ?? 0);
  return { negative: match[1] === '-', digits: all.slice(first, last), point };
}

function checked(parts: Parts): Parts {
  if (parts.point - 1 > exponentMax) throw overflow();
  if (parts.point - 1 < exponentMin) throw underflow();
  if (parts.digits.length > digitsMax) throw tooPrecise();
  return parts;
}

function write({ negative, digits, point }: Parts): string {
  const sign = negative ? '-' : '';
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * The canonical text of a numeral: `0042.1200` → `42.12`, `1E3` → `1000`.
 *
 * Limit: 38 significant digits; magnitude 1E-130 to 9.9999999999999999999999999999999999999E+125.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export function canonicalNumber(text: string): string {
  if (text === '0' || shortWhole.test(text)) return text;
  const parts = parse(text);
  return parts === undefined ? '0' : write(checked(parts));
}

/**
 * What a canonical number weighs, in bytes: one, plus one for each two digits before and each two after the point
 * (zeros at either end not counted), plus one for a minus sign. Evidence: measured on AWS at the 400 KB limit.
 */
export function numberBytes(canonical: string): number {
  const parts = parse(canonical);
  if (parts === undefined) return 1;
  const { digits, point, negative } = parts;
  const before = Math.min(Math.max(point, 0), digits.length);
  return 1 + Math.ceil(before / 2) + Math.ceil((digits.length - before) / 2) + (negative ? 1 : 0);
}

const exponentBias = 500;
const ninesComplement = (digits: string): string => {
  let text = '';
  for (let i = 0; i < digits.length; i++) text += String.fromCharCode(105 - digits.charCodeAt(i));
  return text;
};

/** Text whose order (`<`) is the order of the numbers. Takes canonical numbers. */
export function numberOrder(canonical: string): string {
  const parts = parse(canonical);
  if (parts === undefined) return '1';
  const { digits, point, negative } = parts;
  // A longer negative number is the smaller one, hence the closing sign above all digits.
  return negative ? `0${exponentBias - point}${ninesComplement(digits)}~` : `2${exponentBias + point}${digits}`;
}

/** The number that `numberOrder` wrote. */
export function numberFromOrder(order: string): string {
  if (order === '1') return '0';
  const negative = order.startsWith('0');
  const bias = Number(order.slice(1, 4));
  return negative
    ? write({ negative, digits: ninesComplement(order.slice(4, -1)), point: exponentBias - bias })
    : write({ negative, digits: order.slice(4), point: bias - exponentBias });
}

/** Below zero when `a` is the smaller, zero when equal. Takes canonical numbers. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length < 16 && b.length < 16) {
    const difference = Number(a) - Number(b);
    if (difference !== 0) return difference;
  }
  return numberOrder(a) < numberOrder(b) ? -1 : 1;
}

const scaled = (parts: Parts | undefined, scale: number): bigint => {
  if (parts === undefined) return 0n;
  const magnitude = BigInt(parts.digits) * 10n ** BigInt(scale + parts.point - parts.digits.length);
  return parts.negative ? -magnitude : magnitude;
};

const decimals = (parts: Parts | undefined): number =>
  parts === undefined ? 0 : Math.max(0, parts.digits.length - parts.point);

function combine(a: string, b: string, sign: 1n | -1n): string {
  const left = parse(a);
  const right = parse(b);
  const scale = Math.max(decimals(left), decimals(right));
  const sum = scaled(left, scale) + sign * scaled(right, scale);
  return canonicalNumber(`${sum}E-${scale}`);
}

/** `a + b`, exact. Takes and gives canonical numbers; refuses what has no place in 38 digits. */
export function addNumbers(a: string, b: string): string {
  if (a.length < 15 && b.length < 15) {
    const sum = Number(a) + Number(b);
    if (Number.isSafeInteger(sum) && !a.includes('.') && !b.includes('.')) return String(sum);
  }
  return combine(a, b, 1n);
}

/** `a - b`, exact. Takes and gives canonical numbers; refuses what has no place in 38 digits. */
export const subtractNumbers = (a: string, b: string): string => combine(a, b, -1n);
