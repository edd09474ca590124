// X.509 certificates of the local certificate authority and of the names for which it speaks. Keys are of the curve P-256, which every
// client of the last ten years knows.
// @see https://www.rfc-editor.org/rfc/rfc5280
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { entropy } from '../kernel/random.ts';
import { bits, identifier, integer, octets, sequence, set, tagged, text, time, within, yes } from './der.ts';

export interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

interface Terms {
  /** Common name. */
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly signer: Signer;
  readonly from: Date;
  readonly until: Date;
}

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'));

const nameOf = (name: string): Buffer => {
  const part = (type: string, content: string): Buffer => set(sequence(identifier(type), text(content)));
  return sequence(part('2.5.4.10', 'Hakoniwa'), part('2.5.4.3', name));
};

/** A short name of a key: the hash of its bits. */
const keyIdentifier = (key: KeyObject): Buffer => {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = [Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return createHash('sha1').update(Buffer.concat(point)).digest();
};

type Extension = readonly [type: string, content: Buffer, critical?: boolean];

const writeExtension = ([type, content, critical = false]: Extension): Buffer =>
  sequence(identifier(type), ...(critical ? [yes] : []), octets(content));

function write({ name, publicKey, signer, from, until }: Terms, extensions: readonly Extension[]): string {
  const known: readonly Extension[] = [
    ['2.5.29.14', octets(keyIdentifier(publicKey))],
    ['2.5.29.35', sequence(tagged(0, keyIdentifier(createPublicKey(signer.key))))],
    ...extensions,
  ];
  const content = sequence(
    within(0, integer(Buffer.from([2]))),
    integer(Buffer.from(`4${entropy(31)}`, 'hex')),
    ecdsaWithSha256,
    nameOf(signer.name),
    sequence(time(from), time(until)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    within(3, sequence(...known.map(writeExtension))),
  );
  const signed = sequence(content, ecdsaWithSha256, bits(sign('sha256', content, signer.key)));
  const lines = signed.toString('base64').replaceAll(/.{64}(?!$)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** PEM of a certificate authority's own certificate. It may sign servers, and no other authority. */
export const writeAuthority = (signer: Signer, from: Date, until: Date): string =>
  write({ name: signer.name, publicKey: createPublicKey(signer.key), signer, from, until }, [
    ['2.5.29.19', sequence(yes, integer(Buffer.from([0]))), true],
    // Signs certificates and lists of revoked ones.
    ['2.5.29.15', bits(Buffer.from([0x06]), 1), true],
  ]);

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** PEM of a server's certificate, for names and addresses. */
export const writeServer = (names: readonly string[], publicKey: KeyObject, signer: Signer, from: Date, until: Date) =>
  write({ name: (names[0] ?? '').slice(0, 64), publicKey, signer, from, until }, [
    ['2.5.29.19', sequence(), true],
    ['2.5.29.15', bits(Buffer.from([0x80]), 7), true],
    ['2.5.29.37', sequence(identifier('1.3.6.1.5.5.7.3.1'))],
    [
      '2.5.29.17',
      sequence(
        ...names.map((name) => (isIP(name) === 0 ? tagged(2, Buffer.from(name)) : tagged(7, addressBytes(name)))),
      ),
    ],
  ]);
