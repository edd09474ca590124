// The three spellings of an instant on AWS's wires.

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** `Tue, 29 Apr 2014 18:30:38 GMT`. */
export const formatHttpDate = (date: Date): string =>
  `${weekdays[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ` +
  `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`;

/** `2014-04-29T18:30:38Z`; milliseconds only when there are some. */
export const formatDateTime = (date: Date): string => {
  const text = date.toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
};

/** Seconds since the epoch, with up to three decimals. */
export const formatEpochSeconds = (date: Date): string => String(date.getTime() / 1000);

const dateTime = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:?\d\d)?)?$/;
const compact = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

const valid = (ms: number): Date | undefined =>
  Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms) : undefined;

/** RFC 3339, the day alone, and `20140429T183038Z`: what AWS's query services take. */
export const parseDateTime = (text: string): Date | undefined => {
  const found = dateTime.exec(text) ?? compact.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = found;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const check = new Date(ms);
  if (check.getUTCDate() !== Number(day) || Number(hour) > 24 || Number(minute) > 59) return undefined;
  const fractionMs = fraction === '' ? 0 : Math.trunc(Number(`0.${fraction}`) * 1000 + 1e-6);
  const digits = zone.replace(':', '');
  const offset =
    digits.length < 5 ? 0 : (digits[0] === '-' ? -1 : 1) * (Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3)));
  return valid(ms + fractionMs - offset * 60_000);
};

const httpDate =
  /^(?:[A-Za-z]{3,9},? )?(\d{1,2})[ -]([A-Za-z]{3})[ -](\d{2,4}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))? (?:GMT|UTC|\+0000)$/;

/** RFC 7231 dates, and the older spelling with hyphens. */
export const parseHttpDate = (text: string): Date | undefined => {
  const found = httpDate.exec(text);
  if (found === null) return undefined;
  const [, day, monthName = '', year = '', hour, minute, second, fraction = '0'] = found;
  const month = months.findIndex((name) => name.toLowerCase() === monthName.toLowerCase());
  if (month < 0) return undefined;
  const fullYear = year.length > 2 ? Number(year) : Number(year) + (Number(year) < 70 ? 2000 : 1900);
  const ms = Date.UTC(fullYear, month, Number(day), Number(hour), Number(minute), Number(second));
  return valid(ms + Number(fraction.padEnd(3, '0')));
};

const decimal = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;

export const parseEpochSeconds = (value: number | string): Date | undefined => {
  if (typeof value === 'string' && !decimal.test(value)) return undefined;
  return valid(Math.round(Number(value) * 1000));
};
