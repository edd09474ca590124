// Key pairs: real keys, in the forms that SSH clients read, with the fingerprints that AWS shows.
//
// Chance: a key that can be guessed from a seed would be no key, so the private half comes from the machine's own source; the row that is
// kept holds the public half alone.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors, kinds } from './errors.ts';
import type { KeyPairRow } from './key-pair-state.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { writePpk } from './putty-key.ts';
import { readSshKey, writeOpensshPrivate, writeSshPublic } from './ssh-key.ts';
import { dropTags, tagNew, tagsOf } from './tag.ts';

/** Limit: 5,000 pairs in a Region. */
const keyPairsMax = 5_000;
const rsaBits = 2_048;

const colons = (hex: string): string => hex.match(/../g)?.join(':') ?? '';

/** Of a pair made here: SHA-1 of the private key in PKCS #8. Of an imported one: MD5 of the public key. */
const rsaCreated = (priv: KeyObject): string =>
  colons(
    createHash('sha1')
      .update(priv.export({ type: 'pkcs8', format: 'der' }))
      .digest('hex'),
  );
const rsaImported = (pub: KeyObject): string =>
  colons(
    createHash('md5')
      .update(pub.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
  );
/** Of ED25519: SHA-256 of the public key as OpenSSH has it, in base64. */
const ed25519 = (blob: Uint8Array): string => createHash('sha256').update(blob).digest('base64');

const findNamed = ({ state }: Ec2Context, name: string): KeyPairRow | undefined =>
  state.keyPairs.index('name').first({ prefix: key(name) });

function checkNew(context: Ec2Context, name: string): void {
  if (name.length === 0 || name.length > 255)
    throw errors.valueOf(name, 'KeyName', 'Length must be between 1 and 255.');
  if (findNamed(context, name) !== undefined) {
    throw errors.other('InvalidKeyPair.Duplicate', `The keypair already exists`);
  }
  if (context.state.keyPairs.size >= keyPairsMax) {
    throw errors.other('KeyPairLimitExceeded', 'The maximum number of key pairs has been reached.');
  }
}

const keyTypes = ['rsa', 'ed25519'] as const;
const keyFormats = ['pem', 'ppk'] as const;

/** Unknown: AWS's words for a kind of key that there is not. */
function oneOf<T extends string>(all: readonly T[], value: string, parameter: string): T {
  const found = all.find((one) => one === value);
  if (found === undefined) throw errors.valueOf(value, parameter, `Valid values are ${all.join(', ')}.`);
  return found;
}

/**
 * Makes a pair; its private half is in the answer, and nowhere else.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html
 */
export const CreateKeyPair: Operation<'CreateKeyPair'> = (input, context) => {
  const { state, ids, clock } = context;
  checkNew(context, input.KeyName);
  const type = oneOf(keyTypes, input.KeyType ?? 'rsa', 'KeyType');
  const format = oneOf(keyFormats, input.KeyFormat ?? 'pem', 'KeyFormat');
  const { privateKey, publicKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: rsaBits }) : generateKeyPairSync('ed25519');
  const ssh = writeSshPublic(publicKey);
  const row: KeyPairRow = {
    id: ids.resource('key'),
    name: input.KeyName,
    type,
    fingerprint: type === 'rsa' ? rsaCreated(privateKey) : ed25519(ssh.blob),
    publicKey: `${ssh.text} ${input.KeyName}`,
    createdAt: clock.now(),
  };
  state.keyPairs.put(row);
  tagNew(context, kinds.keyPair, row.id, input.TagSpecifications);
  return {
    KeyPairId: row.id,
    KeyName: row.name,
    KeyFingerprint: row.fingerprint,
    KeyMaterial: format === 'ppk' ? writePpk(privateKey, publicKey, row.name) : pemOf(privateKey, type),
    Tags: tagsOf(context, row.id),
  };
};

const pemOf = (priv: KeyObject, type: 'rsa' | 'ed25519'): string =>
  (type === 'rsa' ? priv.export({ type: 'pkcs1', format: 'pem' }).toString() : writeOpensshPrivate(priv)).trimEnd();

const badFormat = () => errors.other('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');

/** A public key in OpenSSH's form, base64 of DER, or a PEM. */
function readPublic(material: Uint8Array): KeyObject {
  const text = Buffer.from(material).toString('utf8').trim();
  try {
    const ssh = readSshKey(text);
    if (ssh !== undefined) return ssh;
    if (text.includes('PRIVATE KEY')) return createPublicKey(createPrivateKey(text));
    if (text.startsWith('-----')) return createPublicKey(text);
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch {
    throw badFormat();
  }
}

/**
 * Takes in the public half of a pair made elsewhere.
 *
 * Limit: RSA of 1,024, 2,048 or 4,096 bits, or ED25519.
 */
export const ImportKeyPair: Operation<'ImportKeyPair'> = (input, context) => {
  const { state, ids, clock } = context;
  checkNew(context, input.KeyName);
  const pub = readPublic(input.PublicKeyMaterial);
  const type = pub.asymmetricKeyType;
  if (type !== 'rsa' && type !== 'ed25519') throw badFormat();
  const bits = pub.asymmetricKeyDetails?.modulusLength;
  if (type === 'rsa' && ![1_024, 2_048, 4_096].includes(bits ?? 0)) {
    throw errors.other('InvalidKey.Format', 'Key length must be 1024, 2048 or 4096 bits.');
  }
  const ssh = writeSshPublic(pub);
  const row: KeyPairRow = {
    id: ids.resource('key'),
    name: input.KeyName,
    type,
    fingerprint: type === 'rsa' ? rsaImported(pub) : ed25519(ssh.blob),
    publicKey: `${ssh.text} ${input.KeyName}`,
    createdAt: clock.now(),
  };
  state.keyPairs.put(row);
  tagNew(context, kinds.keyPair, row.id, input.TagSpecifications);
  return { KeyPairId: row.id, KeyName: row.name, KeyFingerprint: row.fingerprint, Tags: tagsOf(context, row.id) };
};

const missingName = (name: string) => errors.other('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);

/** Deletes a pair. One that is not there is no error. */
export const DeleteKeyPair: Operation<'DeleteKeyPair'> = ({ KeyName, KeyPairId }, context) => {
  if (KeyName === undefined && KeyPairId === undefined) throw errors.missingParameter('KeyName');
  const row = KeyPairId === undefined ? findNamed(context, KeyName ?? '') : context.state.keyPairs.find(KeyPairId);
  if (row === undefined) return { Return: true };
  context.state.keyPairs.delete(row.id);
  dropTags(context, row.id);
  return { Return: true, KeyPairId: row.id };
};

export const DescribeKeyPairs: Operation<'DescribeKeyPairs'> = (input, context) => {
  const named = (input.KeyNames ?? []).map((name) => {
    const row = findNamed(context, name);
    if (row === undefined) throw missingName(name);
    return row.id;
  });
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: () => context.state.keyPairs.index('name').list(),
    find: (id) => context.state.keyPairs.find(id),
    id: (row) => row.id,
    ids: [...named, ...(input.KeyPairIds ?? [])],
    kind: kinds.keyPair,
    filters: {
      'key-pair-id': (row) => row.id,
      fingerprint: (row) => row.fingerprint,
      'key-name': (row) => row.name,
    },
  });
  const KeyPairs = rows.map((row) => ({
    KeyPairId: row.id,
    KeyName: row.name,
    KeyType: row.type,
    KeyFingerprint: row.fingerprint,
    PublicKey: input.IncludePublicKey === true ? row.publicKey : undefined,
    CreateTime: toDate(row.createdAt),
    Tags: tagsOf(context, row.id),
  }));
  return { KeyPairs };
};
