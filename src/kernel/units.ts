// Units that the compiler keeps apart. A duration says its unit in its name (`delaySeconds`); an instant has a type.

declare const unit: unique symbol;

/** A point in time on the cloud's clock: milliseconds since the Unix epoch. */
export type Instant = number & { readonly [unit]: 'instant' };

/** Reads milliseconds since the Unix epoch as an instant. */
export const instant = (epochMs: number): Instant => epochMs as Instant;

/** The instant `seconds` after `from` (before it, when negative). */
export const later = (from: Instant, seconds: number): Instant => (from + seconds * 1000) as Instant;

/** Seconds from `from` to `to`, with fractions; negative when `to` is earlier. */
export const secondsBetween = (from: Instant, to: Instant): number => (to - from) / 1000;

export const toDate = (at: Instant): Date => new Date(at);

export const secondsPerMinute = 60;
export const secondsPerHour = 3_600;
export const secondsPerDay = 86_400;

export const minuteMs = 60_000;
export const minuteOf = (at: number): Instant => instant(Math.floor(at / minuteMs) * minuteMs);

export const kibibyte = 1_024;
export const mebibyte = 1_048_576;
export const gibibyte = 1_073_741_824;
