// Private keys in PuTTY's form (PPK version 2), not encrypted.
// @see https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html
import { createHash, createHmac, type KeyObject } from 'node:crypto';
import { integer, word, writeSshPublic } from './ssh-key.ts';

const lines = (bytes: Buffer): string[] => bytes.toString('base64').match(/.{1,64}/g) ?? [];

export function writePpk(priv: KeyObject, pub: KeyObject, comment: string): string {
  const jwk = priv.export({ format: 'jwk' });
  const name = pub.asymmetricKeyType === 'rsa' ? 'ssh-rsa' : 'ssh-ed25519';
  const open = writeSshPublic(pub).blob;
  // An ED25519 number is little-endian here, so that it needs no zero in front.
  const secret =
    name === 'ssh-rsa'
      ? Buffer.concat([integer(jwk.d), integer(jwk.p), integer(jwk.q), integer(jwk.qi)])
      : word(Buffer.from(jwk.d ?? '', 'base64url'));
  const signed = Buffer.concat([word(name), word('none'), word(comment), word(open), word(secret)]);
  const macKey = createHash('sha1').update('putty-private-key-file-mac-key').digest();
  const mac = createHmac('sha1', macKey).update(signed).digest('hex');
  const [publicLines, privateLines] = [lines(open), lines(secret)];
  return [
    `PuTTY-User-Key-File-2: ${name}`,
    'Encryption: none',
    `Comment: ${comment}`,
    `Public-Lines: ${publicLines.length}`,
    ...publicLines,
    `Private-Lines: ${privateLines.length}`,
    ...privateLines,
    `Private-MAC: ${mac}`,
    '',
  ].join('\n');
}
