// SSH public keys of users, for CodeCommit.
import { createHash, createPublicKey } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { getUser, userOrCaller } from './find.ts';
import { sshKeysPerUser } from './limits.ts';
import { makeId } from './name.ts';
import { page } from './page.ts';
import { type IamState, lower, type Operation, type SshPublicKey } from './state.ts';

/** A length (four bytes) and so many bytes. */
const field = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** An integer that is positive: a zero byte goes before a first bit that is set. */
const positive = (bytes: Buffer): Buffer => ((bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);

const sshForm = /^ssh-rsa\s+([A-Za-z0-9+/]+=*)(?:\s+.*)?$/;
const shortestBits = 2_048;

/** The blob inside `ssh-rsa …`, from either form. @throws InvalidPublicKey */
function readPublicKey(text: string): Buffer {
  const trimmed = text.trim();
  const inline = sshForm.exec(trimmed)?.[1];
  const blob = inline === undefined ? pemToBlob(trimmed) : Buffer.from(inline, 'base64');
  if (blob === undefined || modulusBits(blob) < shortestBits)
    throw errors.invalidPublicKey('The public key is malformed or otherwise invalid.');
  return blob;
}

function pemToBlob(pem: string): Buffer | undefined {
  try {
    const { kty, n, e } = createPublicKey(pem).export({ format: 'jwk' });
    if (kty !== 'RSA' || n === undefined || e === undefined) return undefined;
    const parts = [
      Buffer.from('ssh-rsa'),
      positive(Buffer.from(e, 'base64url')),
      positive(Buffer.from(n, 'base64url')),
    ];
    return Buffer.concat(parts.map(field));
  } catch {
    return undefined;
  }
}

/** The fields of a blob; undefined when it is cut. */
function fieldsOf(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined;
    const length = blob.readUInt32BE(at);
    if (at + 4 + length > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

function modulusBits(blob: Buffer): number {
  const [name, , modulus] = fieldsOf(blob) ?? [];
  if (name?.toString() !== 'ssh-rsa' || modulus === undefined) return 0;
  return (modulus[0] === 0 ? modulus.length - 1 : modulus.length) * 8;
}

function toPem(blob: Buffer): string {
  const [, exponent = Buffer.of(), modulus = Buffer.of()] = fieldsOf(blob) ?? [];
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}

const fingerprintOf = (blob: Buffer): string =>
  createHash('md5')
    .update(blob)
    .digest('hex')
    .replaceAll(/(..)(?!$)/g, '$1:');

const shownKey = (sshKey: SshPublicKey, body: string) => ({
  UserName: sshKey.user,
  SSHPublicKeyId: sshKey.id,
  Fingerprint: sshKey.fingerprint,
  SSHPublicKeyBody: body,
  Status: sshKey.status,
  UploadDate: toDate(sshKey.uploadedAt),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html */
export const UploadSSHPublicKey: Operation<'UploadSSHPublicKey'> = (input, { state, clock, ids }) => {
  const user = getUser(state, input.UserName);
  const blob = readPublicKey(input.SSHPublicKeyBody);
  const fingerprint = fingerprintOf(blob);
  const existing = state.sshPublicKeys.list({ prefix: key(lower(user.name)) });
  if (existing.some((sshKey) => sshKey.fingerprint === fingerprint))
    throw errors.duplicateSshKey(`The SSH public key is already associated with the user ${user.name}.`);
  if (existing.length >= sshKeysPerUser) throw errors.quota('SSHPublicKeysPerUser', sshKeysPerUser);
  const sshKey: SshPublicKey = {
    id: makeId(ids, 'sshPublicKey'),
    user: user.name,
    fingerprint,
    body: input.SSHPublicKeyBody.trim(),
    status: 'Active',
    uploadedAt: clock.now(),
  };
  state.sshPublicKeys.put(sshKey);
  return { SSHPublicKey: shownKey(sshKey, sshKey.body) };
};

function getKey(state: IamState, name: string, id: string): SshPublicKey {
  const user = getUser(state, name);
  const sshKey = state.sshPublicKeys.find(key(lower(user.name), id));
  if (sshKey === undefined) throw errors.noSuch(`The Public Key with id ${id} cannot be found.`);
  return sshKey;
}

/** As OpenSSH writes it, or as PEM. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSSHPublicKey.html */
export const GetSSHPublicKey: Operation<'GetSSHPublicKey'> = (input, { state }) => {
  const sshKey = getKey(state, input.UserName, input.SSHPublicKeyId);
  const blob = readPublicKey(sshKey.body);
  const body = input.Encoding === 'PEM' ? toPem(blob) : `ssh-rsa ${blob.toString('base64')}`;
  return { SSHPublicKey: shownKey(sshKey, body) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html */
export const ListSSHPublicKeys: Operation<'ListSSHPublicKeys'> = (input, context) => {
  const user = userOrCaller(input.UserName, context)?.name ?? '';
  const keys = context.state.sshPublicKeys.list({ prefix: key(lower(user)) });
  const { items, rest } = page(keys, input, ({ id }) => id);
  const shown = items.map(({ user: UserName, id, status, uploadedAt }) => ({
    UserName,
    SSHPublicKeyId: id,
    Status: status,
    UploadDate: toDate(uploadedAt),
  }));
  return { SSHPublicKeys: shown, ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSSHPublicKey.html */
export const UpdateSSHPublicKey: Operation<'UpdateSSHPublicKey'> = (input, { state }) => {
  const sshKey = getKey(state, input.UserName, input.SSHPublicKeyId);
  state.sshPublicKeys.put({ ...sshKey, status: input.Status === 'Active' ? 'Active' : 'Inactive' });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSSHPublicKey.html */
export const DeleteSSHPublicKey: Operation<'DeleteSSHPublicKey'> = (input, { state }) => {
  const sshKey = getKey(state, input.UserName, input.SSHPublicKeyId);
  state.sshPublicKeys.delete(key(lower(sshKey.user), sshKey.id));
  return {};
};
