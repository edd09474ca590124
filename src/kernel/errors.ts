// Errors that AWS gives. A service keeps a catalogue of them (`errors.ts`), made with `errorsOf`; what is thrown and
// is not an `AwsError` is a bug of ours and becomes `InternalFailure`.

/** One error answer of AWS: thrown anywhere below the door, encoded there in the words of the protocol. */
export class AwsError extends Error {
  /** The shape's name for a modelled error, else the code as it stands on the wire. */
  readonly code: string;
  /** HTTP status; for a modelled error undefined here, then the model gives it. */
  readonly status: number | undefined;
  /** Further members of a modelled error (`CancellationReasons`), or of an XML error (`BucketName`). */
  readonly members: Readonly<Record<string, unknown>>;
  /** Headers beside those of the protocol, lower case (`x-amz-bucket-region`). */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    status: number | undefined,
    message: string,
    members: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
    this.headers = headers;
  }
}

/** Names of the errors that a service's SDK models. */
export type ErrorName<Sdk> = {
  [K in keyof Sdk]: Sdk[K] extends abstract new (...args: never[]) => Error ? K : never;
}[keyof Sdk] &
  string;

type Template<Args extends unknown[]> = (...args: Args) => string;
type Members<Args extends unknown[]> = (...args: Args) => Record<string, unknown>;

/**
 * The two makers of a service's error catalogue. The type argument is the service's SDK module (`typeof import('@aws-sdk/client-sqs')`),
 * which is never loaded.
 *
 * - `modelled(name, message, members?)`: an error of the model; status and query code come from there.
 * - `unmodelled(code, status, source, message, members?)`: one that only documentation tells; `source` is the page that does.
 */
export function errorsOf<Sdk>(): {
  modelled: <Args extends unknown[]>(
    name: ErrorName<Sdk>,
    message: Template<Args>,
    members?: Members<Args>,
  ) => (...args: Args) => AwsError;
  unmodelled: <Args extends unknown[]>(
    code: string,
    status: number,
    source: string,
    message: Template<Args>,
    members?: Members<Args>,
  ) => (...args: Args) => AwsError;
} {
  return {
    modelled:
      (name, message, members) =>
      (...args) =>
        new AwsError(name, undefined, message(...args), members?.(...args)),
    unmodelled:
      (code, status, _source, message, members) =>
      (...args) =>
        new AwsError(code, status, message(...args), members?.(...args)),
  };
}

/** The answer to an operation that the model has and Hakoniwa has not: 501, which no SDK retries. */
export const notImplemented = (service: string, operation: string): AwsError =>
  new AwsError(
    'NotImplemented',
    501,
    `Hakoniwa does not implement ${service}:${operation} yet. See docs/services/${service}.md for what it does.`,
  );
