// Output → HTTP responses, for restJson1 and restXml.
import { statusOf } from '../kernel/status.ts';
import { writeEvents } from './event-stream.ts';
import type { ResponseBody } from '../kernel/http.ts';
import { encodeBase64, writeJson } from './json-writer.ts';
import type { Member, OperationModel, ServiceModel, StructureShape } from './model.ts';
import { bindingOf, type RestBinding } from './rest-binding.ts';
import { formatterOf } from './scalar.ts';
import { refuseUnknown, strictly } from './strict.ts';
import { escapeXml, writeXmlRoot } from './xml-writer.ts';

export interface RestAnswer {
  status: number;
  readonly headers: Record<string, string | string[]>;
  body: ResponseBody;
}

type Members = Readonly<Record<string, unknown>>;

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

const isByteStream = (value: unknown): value is AsyncIterable<Uint8Array> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

const quoteItem = (text: string): string => (/[",]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text);

// oxlint-disable-next-line no-control-regex -- these are what a header cannot hold
const needsCare = /[\r\n\0\u0100-\uffff]/;

/** A header's value must not end the header: line breaks go, other bytes stand as UTF-8. */
const headerText = (text: string): string => {
  if (!needsCare.test(text)) return text;
  const oneLine = text.replace(/[\r\n\0]+/g, ' ');
  return /[\u0100-\uffff]/.test(oneLine) ? Buffer.from(oneLine, 'utf8').toString('latin1') : oneLine;
};

const formatHeader = ({ shape, traits }: Member, value: unknown): string => {
  if (shape.kind === 'list') {
    const format = formatterOf(shape.member.shape, 'http-date');
    const plain = shape.member.shape.kind === 'timestamp';
    return (value as readonly unknown[]).map((item) => (plain ? format(item) : quoteItem(format(item)))).join(', ');
  }
  if (shape.kind === 'string' && traits.mediaType !== undefined) return encodeBase64(value);
  return formatterOf(shape, 'http-date')(value);
};

const writeHeaders = (binding: RestBinding, output: Members, headers: Record<string, string | string[]>): void => {
  for (const [name, member] of binding.headers) {
    const value = output[member.name];
    if (value !== undefined && value !== null) headers[name] = headerText(formatHeader(member, value));
  }
  for (const member of binding.prefixHeaders) {
    const prefix = (member.traits.httpPrefixHeaders ?? '').toLowerCase();
    for (const [name, value] of Object.entries(output[member.name] ?? {})) {
      if (value !== undefined && value !== null) headers[prefix + name.toLowerCase()] = headerText(String(value));
    }
  }
};

const writeDocument = (
  service: ServiceModel,
  shape: StructureShape,
  tag: string,
  value: unknown,
  xml: boolean,
): string =>
  xml ? xmlDeclaration + writeXmlRoot(tag, service.xmlNamespace, shape, value) : writeJson(shape, value, true);

const writePayload = (
  service: ServiceModel,
  member: Member,
  value: unknown,
  xml: boolean,
  answer: RestAnswer,
): void => {
  const { shape, traits } = member;
  const setType = (type: string): void => {
    answer.headers['content-type'] ??= traits.mediaType ?? type;
  };
  if (shape.kind === 'structure') {
    answer.body = writeDocument(service, shape, traits.xmlName ?? shape.traits.xmlName ?? shape.name, value, xml);
    setType(xml ? 'application/xml' : 'application/json');
  } else if (shape.kind === 'blob') {
    answer.body = typeof value === 'string' || value instanceof Uint8Array || isByteStream(value) ? value : undefined;
    setType('application/octet-stream');
  } else if (shape.kind === 'string') {
    answer.body = String(value);
    setType('text/plain');
  } else {
    answer.body = writeJson(shape, value, true);
    setType('application/json');
  }
};

/** `GetBucketLocation` answers with the Region as the text of the root element, and with none for us-east-1. */
const writeBucketLocation = (service: ServiceModel, output: Members): string => {
  const location = typeof output.LocationConstraint === 'string' ? escapeXml(output.LocationConstraint) : '';
  const open = `${xmlDeclaration}<LocationConstraint xmlns="${service.xmlNamespace}"`;
  return location === '' ? `${open}/>` : `${open}>${location}</LocationConstraint>`;
};

/** Writes a structure (an output, or an error's members) as status, headers and body. */
export const writeRest = (operation: OperationModel, output: Members, xml: boolean): RestAnswer => {
  const { service, output: shape } = operation;
  if (strictly()) refuseUnknown(shape, output);
  const binding = bindingOf(shape, 'response');
  const answer: RestAnswer = {
    status: statusOf(output) ?? operation.traits.http?.[2] ?? 200,
    headers: {},
    body: undefined,
  };
  writeHeaders(binding, output, answer.headers);
  if (binding.status !== undefined) {
    const status = output[binding.status.name];
    if (typeof status === 'number') answer.status = status;
  }
  if (binding.events !== undefined && binding.payload !== undefined) {
    const events = output[binding.payload.name] as AsyncIterable<object>;
    answer.headers['content-type'] = 'application/vnd.amazon.eventstream';
    answer.body = writeEvents(binding.events, events, xml ? 'xml' : 'rest-json');
  } else if (binding.payload !== undefined) {
    const value = output[binding.payload.name];
    if (value !== undefined && value !== null) writePayload(service, binding.payload, value, xml, answer);
  } else if (operation.name === 'GetBucketLocation' && service.service === 's3') {
    answer.body = writeBucketLocation(service, output);
    answer.headers['content-type'] = 'application/xml';
  } else if (binding.body.members.length > 0) {
    answer.body = writeDocument(service, binding.body, shape.traits.xmlName ?? shape.name, output, xml);
    answer.headers['content-type'] ??= xml ? 'application/xml' : 'application/json';
  } else if (!xml && answer.status === 200 && shape.name !== 'Unit' && shape.members.length === 0) {
    answer.body = '{}';
    answer.headers['content-type'] ??= 'application/json';
  }
  return answer;
};
