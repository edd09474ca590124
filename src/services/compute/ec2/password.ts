// The administrator's password of a Windows instance, which only who has the private key can read.
import { constants, createHash, publicEncrypt } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { getInstance } from './instance.ts';
import type { InstanceRow } from './instance-state.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { readSshKey } from './ssh-key.ts';

/** From the first boot until the password is there. AWS says: wait at least four minutes. */
const passwordSeconds = 240;

/** Bytes that are the same whenever somebody asks. */
function* bytesOf(seed: string): Generator<number> {
  for (let block = 0; ; block++) yield* createHash('sha256').update(`${seed} ${block}`).digest();
}

function take(bytes: Generator<number>, count: number, fits: (byte: number) => boolean): number[] {
  const taken: number[] = [];
  for (const byte of bytes) {
    if (fits(byte)) taken.push(byte);
    if (taken.length === count) break;
  }
  return taken;
}

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!?-=.*()';
const passwordLength = 32;

const passwordOf = ({ id, createdAt }: InstanceRow): string =>
  take(bytesOf(`password ${id} ${createdAt}`), passwordLength, (byte) => byte < 3 * letters.length)
    .map((byte) => letters[byte % letters.length])
    .join('');

/** RSA with PKCS #1 v1.5, its filling the same each time, as AWS keeps one cipher text. */
function encryptFor(publicKey: string, text: string, seed: string): string | undefined {
  const pub = readSshKey(publicKey);
  if (pub?.asymmetricKeyType !== 'rsa') return undefined;
  const size = (pub.asymmetricKeyDetails?.modulusLength ?? 2_048) / 8;
  const filling = take(bytesOf(`filling ${seed}`), size - 3 - text.length, (byte) => byte !== 0);
  const block = Buffer.concat([Buffer.from([0, 2, ...filling, 0]), Buffer.from(text)]);
  return publicEncrypt({ key: pub, padding: constants.RSA_NO_PADDING }, block).toString('base64');
}

function passwordData({ state, clock }: Ec2Context, row: InstanceRow): string {
  if (row.platform !== 'windows' || row.keyName === undefined || row.firstRunningAt === undefined) return '';
  if (clock.now() < later(row.firstRunningAt, passwordSeconds)) return '';
  const pair = state.keyPairs.index('name').first({ prefix: key(row.keyName) });
  return (pair === undefined ? undefined : encryptFor(pair.publicKey, passwordOf(row), row.id)) ?? '';
}

/**
 * The password, encrypted with the RSA key pair of the launch; empty until the first boot has made it, and without such a key.
 *
 * Differs: guests run no Windows, so there is nobody to log in with it.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetPasswordData.html
 */
export const GetPasswordData: Operation<'GetPasswordData'> = ({ InstanceId }, context) => {
  const row = getInstance(context, InstanceId);
  return { InstanceId: row.id, Timestamp: new Date(context.clock.now()), PasswordData: passwordData(context, row) };
};
