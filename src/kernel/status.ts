// The HTTP status of an answer, where AWS gives another one than the model says: 206 for a part of an object, 202 for work begun.

const status = Symbol('HTTP status');

interface Marked {
  readonly [status]?: number;
}

/** An operation's output that is answered with this status. */
export const withStatus = <Output extends object>(code: number, output: Output): Output =>
  ({ ...output, [status]: code }) satisfies Output & Marked;

/** The status that an output asks for. */
export const statusOf = (output: object): number | undefined => (output as Marked)[status];
