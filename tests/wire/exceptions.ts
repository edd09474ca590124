// What cannot make the round trip, and why. Each entry is the client's doing, or a value that only a fixed sample fits.
import type { Member, OperationModel, StructureShape } from '../../src/protocol/model.ts';

interface Exception {
  readonly reason: string;
  /** The operation is left out. */
  readonly whole?: boolean;
  readonly protocol?: string;
}

const exceptions: Readonly<Record<string, Exception>> = {};

export const exceptionOf = (operation: OperationModel, protocol: string): Exception | undefined => {
  const exception = exceptions[`${operation.service.service}:${operation.name}`];
  return exception?.protocol === undefined || exception.protocol === protocol ? exception : undefined;
};

type Fixed = Readonly<Record<string, unknown>>;

/** A base64 key of 256 bits: the client encodes what is none. */
const customerKey = Buffer.alloc(32, 7).toString('base64');

const fixedValues: Readonly<Record<string, { readonly input?: Fixed; readonly output?: Fixed }>> = {
  s3: {
    input: {
      ChecksumAlgorithm: 'CRC32',
      SSECustomerKey: customerKey,
      CopySourceSSECustomerKey: customerKey,
      RequestRoute: 'route',
    },
    // The client reads one header twice, as a date and as text.
    output: { ExpiresString: 'Thu, 29 Feb 2024 12:34:56 GMT' },
  },
};

export const fixedOf = ({ service }: OperationModel): { input: Fixed; output: Fixed } => ({
  input: fixedValues[service.service]?.input ?? {},
  output: fixedValues[service.service]?.output ?? {},
});

export type Skip = (member: Member, structure: StructureShape) => boolean;
export const skipInput =
  (_operation: OperationModel): Skip =>
  () =>
    false;
export const skipOutput =
  (_operation: OperationModel): Skip =>
  () =>
    false;
