// JSON as services of the query protocol answer clients that accept it: the same envelope as in XML, members in the order of their names,
// null for what is absent. API Gateway's integrations with SQS and SNS show it to their clients.
//
// Recorded in public for SendMessage, ReceiveMessage, Publish. Unknown: which other names of members differ from the model's.
import type { OperationModel, Shape, StructureShape } from './model.ts';
import { emptyStructure } from './shape-link.ts';

/** Lists that an older model of SQS names so. */
const olderNames: Readonly<Record<string, string>> = { Messages: 'messages', QueueUrls: 'queueUrls' };

function membersOf(
  shape: StructureShape,
  value: Readonly<Record<string, unknown>>,
  service: string,
  top = false,
): object {
  const named = shape.members.map((member) => {
    const name = top && service === 'sqs' ? (olderNames[member.name] ?? member.name) : member.name;
    return [name, valueOf(member.shape, value[member.name], service)] as const;
  });
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** In SQS's older model a map is a list of names with values. */
function mapOf(entries: readonly (readonly [string, unknown])[], service: string): object {
  return service === 'sqs' ? entries.map(([Name, Value]) => ({ Name, Value })) : Object.fromEntries(entries);
}

function valueOf(shape: Shape, value: unknown, service: string): unknown {
  if (value === undefined || value === null) return null;
  switch (shape.kind) {
    case 'structure':
      return membersOf(shape, value as Readonly<Record<string, unknown>>, service);
    case 'list':
      return [...(value as Iterable<unknown>)].map((one) => valueOf(shape.member.shape, one, service));
    case 'map': {
      const entries = Object.entries(value as object);
      if (entries.length === 0) return null;
      return mapOf(
        entries.map(([name, one]) => [name, valueOf(shape.value.shape, one, service)] as const),
        service,
      );
    }
    case 'timestamp':
      return (value as Date).getTime() / 1_000;
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'long':
      return Number(value);
    default:
      return value;
  }
}

export function writeQueryJson(
  { name, service, output: shape }: OperationModel,
  output: Readonly<Record<string, unknown>>,
  requestId: string,
): string {
  const result = shape === emptyStructure ? {} : { [`${name}Result`]: membersOf(shape, output, service.service, true) };
  return JSON.stringify({ [`${name}Response`]: { ...result, ResponseMetadata: { RequestId: requestId } } });
}

export const writeQueryErrorJson = (code: string, message: string, status: number, requestId: string): string =>
  JSON.stringify({
    Error: { Code: code, Message: message, Type: status >= 500 ? 'Receiver' : 'Sender' },
    RequestId: requestId,
  });

/** True for a client that accepts JSON: also browsers' libraries, which accept everything else as well. */
export const acceptsJson = (accept: string | undefined): boolean => accept?.includes('application/json') === true;
