// User data taken apart: what `cloud-init` is told by one text, by several in a MIME message, packed by gzip or not.
// @see https://cloudinit.readthedocs.io/en/latest/explanation/format.html
import { gunzipSync } from 'node:zlib';
import { mebibyte } from '../../kernel/units.ts';

export type PartKind = 'script' | 'per-boot' | 'per-instance' | 'per-once' | 'config' | 'boothook' | 'unknown';

export interface Part {
  readonly kind: PartKind;
  readonly bytes: Buffer;
  /** Of what is not known: as it calls itself. */
  readonly type: string;
}

/** What packed user data may grow to. */
const unpackedBytesMax = 16 * mebibyte;

const kinds: Readonly<Record<string, PartKind>> = {
  'text/x-shellscript': 'script',
  'text/x-shellscript-per-boot': 'per-boot',
  'text/x-shellscript-per-instance': 'per-instance',
  'text/x-shellscript-per-once': 'per-once',
  'text/cloud-config': 'config',
  'text/cloud-boothook': 'boothook',
};

const beginnings: readonly (readonly [string, string])[] = [
  ['#!', 'text/x-shellscript'],
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config', 'text/cloud-config'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#include', 'text/x-include-url'],
  ['## template:', 'text/jinja2'],
];

const typeOf = (bytes: Buffer): string => {
  const head = bytes.subarray(0, 64).toString('latin1');
  return beginnings.find(([beginning]) => head.startsWith(beginning))?.[1] ?? 'text/plain';
};

interface Message {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Header and body, or undefined where no header comes first. */
function readMessage(bytes: Buffer): Message | undefined {
  const text = bytes.toString('latin1').replace(/^\s+/, '');
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null || !/^[A-Za-z-]+:/.test(text)) return undefined;
  const lines = text
    .slice(0, end.index)
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/);
  const headers = new Map(
    lines.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  return { headers, body: Buffer.from(text.slice(end.index + end[0].length), 'latin1') };
}

const unquoted = (text: string): Buffer =>
  Buffer.from(
    text
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-Fa-f]{2})/g, (_all, byte: string) => String.fromCharCode(Number.parseInt(byte, 16))),
    'latin1',
  );

function decode({ headers, body }: Message): Buffer {
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64');
  return encoding === 'quoted-printable' ? unquoted(body.toString('latin1')) : body;
}

/** Parts of a message, in order. */
function sections(body: Buffer, boundary: string): Buffer[] {
  const text = `\n${body.toString('latin1')}`;
  const [, ...rest] = text.split(`\n--${boundary}`);
  const parts: Buffer[] = [];
  for (const part of rest) {
    if (part.startsWith('--')) break;
    parts.push(Buffer.from(part.replace(/^[ \t]*\r?\n/, '').replace(/\r$/, ''), 'latin1'));
  }
  return parts;
}

const unpack = (bytes: Buffer): Buffer =>
  bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: unpackedBytesMax }) : bytes;

/** Parts in the order in which they stand. @throws when what is packed cannot be unpacked */
export function readParts(bytes: Uint8Array): readonly Part[] {
  const data = unpack(Buffer.from(bytes));
  const own = typeOf(data);
  const message = own === 'text/plain' ? readMessage(data) : undefined;
  const given = message?.headers.get('content-type');
  if (message === undefined || given === undefined) return [{ kind: kinds[own] ?? 'unknown', bytes: data, type: own }];
  const boundary = /boundary="?([^";]+)"?/i.exec(given)?.[1];
  if (/^multipart\//i.test(given) && boundary !== undefined)
    return sections(message.body, boundary).flatMap((section) => readParts(withHeader(section)));
  const body = unpack(decode(message));
  const told = given.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  // What says nothing of itself is known by how it begins.
  const type = kinds[told] === undefined ? typeOf(body) : told;
  return [{ kind: kinds[type] ?? 'unknown', bytes: body, type: type === 'text/plain' ? told : type }];
}

/** A part without a header has an empty line where it would be. */
const withHeader = (section: Buffer): Buffer =>
  /^\r?\n/.test(section.subarray(0, 2).toString('latin1'))
    ? Buffer.concat([Buffer.from('Content-Type: text/plain\n'), section])
    : section;
