// Keys in OpenSSH's forms (RFC 4253, PROTOCOL.key): words of a 32-bit length and bytes.
import { createPublicKey, type KeyObject } from 'node:crypto';

export const word = (bytes: Uint8Array | string): Buffer => {
  const body = Buffer.from(bytes as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.byteLength);
  return Buffer.concat([length, body]);
};

/** An integer as SSH writes it: with a zero in front when its first bit is set. */
export const integer = (base64url: string | undefined): Buffer => {
  const bytes = Buffer.from(base64url ?? '', 'base64url');
  return word((bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
};

export function writeSshPublic(pub: KeyObject): { readonly blob: Buffer; readonly text: string } {
  const jwk = pub.export({ format: 'jwk' });
  const isRsa = pub.asymmetricKeyType === 'rsa';
  const name = isRsa ? 'ssh-rsa' : 'ssh-ed25519';
  const blob = isRsa
    ? Buffer.concat([word(name), integer(jwk.e), integer(jwk.n)])
    : Buffer.concat([word(name), word(Buffer.from(jwk.x ?? '', 'base64url'))]);
  return { blob, text: `${name} ${blob.toString('base64')}` };
}

/** A line of `authorized_keys`; undefined when it is not one. @throws when it begins as one and is broken */
export function readSshKey(line: string): KeyObject | undefined {
  const [name, body = ''] = line.split(/\s+/);
  if (name !== 'ssh-rsa' && name !== 'ssh-ed25519') return undefined;
  const bytes = Buffer.from(body, 'base64');
  const words: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.byteLength) throw new RangeError('a word is longer than the key');
    words.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const trim = (value: Buffer | undefined): string => {
    if (value === undefined) throw new RangeError('a word is missing');
    return (value[0] === 0 ? value.subarray(1) : value).toString('base64url');
  };
  if (words[0]?.toString() !== name) throw new RangeError('the key is of another type');
  const jwk =
    name === 'ssh-rsa'
      ? { kty: 'RSA', e: trim(words[1]), n: trim(words[2]) }
      : { kty: 'OKP', crv: 'Ed25519', x: words[1]?.toString('base64url') ?? '' };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

const lineLength = 70;

/** An ED25519 key as `ssh-keygen` writes it: PKCS #1 is for RSA alone. */
export function writeOpensshPrivate(priv: KeyObject): string {
  const jwk = priv.export({ format: 'jwk' });
  const open = Buffer.from(jwk.x ?? '', 'base64url');
  const secret = Buffer.concat([Buffer.from(jwk.d ?? '', 'base64url'), open]);
  const blob = Buffer.concat([word('ssh-ed25519'), word(open)]);
  const check = open.subarray(0, 4);
  const inner = Buffer.concat([check, check, word('ssh-ed25519'), word(open), word(secret), word('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (inner.byteLength % 8)) % 8 }, (_, at) => at + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    word('none'),
    word('none'),
    word(''),
    one,
    word(blob),
    word(Buffer.concat([inner, padding])),
  ]);
  const lines = whole.toString('base64').match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}
