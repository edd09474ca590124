// What cannot make the round trip, and why. Each entry is the client's doing, or a value that only a fixed sample fits.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Member, OperationModel, StructureShape } from '../../src/protocol/model.ts';

/** Operations that are left out, with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  'cloudhsm-v2:DeleteResourcePolicy': 'newer than the installed client',
  'cloudhsm-v2:GetResourcePolicy': 'newer than the installed client',
  'cloudhsm-v2:PutResourcePolicy': 'newer than the installed client',
  'fis:GetSafetyLever': 'newer than the installed client',
  'fis:UpdateSafetyLeverState': 'newer than the installed client',
};

/** Errors whose name does not arrive, with the reason. */
const otherNames: Readonly<Record<string, string>> = {
  'cloudwatch:DashboardNotFoundError':
    'its query code, ResourceNotFound, is the name of another error, which the client makes',
};

export const reasonToLeaveOut = (operation: OperationModel): string | undefined =>
  operation.traits.unmodelled === 1 ? 'no client has it' : leftOut[`${operation.service.service}:${operation.name}`];

export const arrivesUnderOtherName = (service: string, error: string): boolean =>
  otherNames[`${service}:${error}`] !== undefined;

type Fixed = Readonly<Record<string, unknown>>;

/** A base64 key of 256 bits and its MD5: the client encodes what is none. */
const customerKey = Buffer.alloc(32, 7).toString('base64');
const customerKeyMd5 = 'y4HAEFCYWuvAXWFTtA1Qpg==';

const fixedValues: Readonly<Record<string, { readonly input?: Fixed; readonly output?: Fixed }>> = {
  s3: {
    input: {
      ChecksumAlgorithm: 'CRC32',
      SSECustomerKey: customerKey,
      SSECustomerKeyMD5: customerKeyMd5,
      CopySourceSSECustomerKey: customerKey,
      CopySourceSSECustomerKeyMD5: customerKeyMd5,
      RequestRoute: 'route',
    },
    // The client reads one header twice, as a date and as text.
    output: { ExpiresString: 'Thu, 29 Feb 2024 12:34:56 GMT' },
  },
  lambda: {
    // A member bound to the header that says that the body is an event stream.
    output: { ResponseStreamContentType: 'application/vnd.amazon.eventstream' },
  },
};

export const fixedOf = ({ service }: OperationModel): { input: Fixed; output: Fixed } => ({
  input: fixedValues[service.service]?.input ?? {},
  output: fixedValues[service.service]?.output ?? {},
});

/** Members that make the client sign with SigV4A, for which it needs a package that is not here. */
const signsOtherwise = new Set(['eventbridge:EndpointId', 'sesv2:EndpointId']);

/** Clients whose installed version is older than the model, which then comes from botocore. */
const olderClients = new Set(['cloudhsm-v2', 'fis', 'kinesis-analytics', 'neptunedata', 'route53resolver']);

const clientTypes = new Map<string, string>();

const typesOf = (service: string): string => {
  let text = clientTypes.get(service);
  if (text === undefined) {
    const main = createRequire(import.meta.url).resolve(`@aws-sdk/client-${service}`);
    text = readFileSync(join(dirname(main), '../dist-types/models/models_0.d.ts'), 'utf8');
    clientTypes.set(service, text);
  }
  return text;
};

/** Whether an older client's types have the member. */
const clientKnows = (service: string, structure: StructureShape, member: Member): boolean => {
  const start = typesOf(service).indexOf(`export interface ${structure.name} `);
  if (start < 0) return true;
  const text = typesOf(service).slice(start, typesOf(service).indexOf('\n}', start));
  return new RegExp(`^\\s+${member.name}\\??:`, 'm').test(text);
};

/** Members that the query protocol cannot carry. */
const notInQuery: Readonly<Record<string, string>> = {
  'sqs:MessageSystemAttributeNames': 'has the key of AttributeNames, which is the older name of the same thing',
  'cloudwatch:SlidingWindow': 'a structure without members leaves no trace in a form',
};

let query = false;

/** Set while a service is tried in the query protocol. */
export const setQuery = (on: boolean): void => {
  query = on;
};

export type Skip = (member: Member, structure: StructureShape) => boolean;

/** Members that are left out of samples. */
export const skipOf =
  ({ service }: OperationModel): Skip =>
  (member, structure) =>
    (query && notInQuery[`${service.service}:${member.name}`] !== undefined) ||
    signsOtherwise.has(`${service.service}:${member.name}`) ||
    (olderClients.has(service.service) && !clientKnows(service.service, structure, member));
