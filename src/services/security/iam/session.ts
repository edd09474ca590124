// Sessions: temporary credentials. A session token is the session itself, sealed (AES-256-GCM) with a key of the cloud; nothing is
// stored, so a million sessions cost no memory, and a token that was tampered with does not open.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Principal } from '../../../kernel/service.ts';
import { type Instant, later, toDate } from '../../../kernel/units.ts';
import { makeSessionKeyId } from './key-id.ts';
import type { IamContext, IamState, Tag } from './state.ts';

/** What a session's credentials stand for. JSON. */
export interface Session {
  readonly kind: 'assumed-role' | 'federated-user' | 'user' | 'root';
  readonly accessKeyId: string;
  readonly secret: string;
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  /** Unique id of the role or user behind it. When that is gone, so is the session. */
  readonly issuerId?: string | undefined;
  /** ARN of the role, or of the user. */
  readonly issuerArn?: string | undefined;
  readonly issuerName?: string | undefined;
  /** JSON texts; the session is allowed what one of them allows. */
  readonly policies?: readonly string[] | undefined;
  readonly policyArns?: readonly string[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
  /** Lower case. */
  readonly transitiveKeys?: readonly string[] | undefined;
  readonly sourceIdentity?: string | undefined;
  readonly mfaAt?: Instant | undefined;
  /** Identity provider that vouched for the caller: ARN or name. */
  readonly provider?: string | undefined;
  /** Condition keys that the identity provider gave, and that stay for the session: `saml:sub`, `accounts.google.com:sub`; lower case. */
  readonly providerKeys?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly chained?: boolean | undefined;
  /** ARN of the task policy of `AssumeRoot`. */
  readonly taskPolicyArn?: string | undefined;
}

const magic = 'FwoGZXIvYXdzEHoa';
const sealBytes = 32;

/** The cloud's key for tokens and messages; undefined while it has issued nothing. */
export const findSeal = (state: IamState): Uint8Array | undefined => state.secrets.find('seal')?.bytes;

/** As `findSeal`, made when there is none. Inside a transaction. */
export function needSeal({ state, random }: Pick<IamContext, 'state' | 'random'>): Uint8Array {
  const known = findSeal(state);
  if (known !== undefined) return known;
  const bytes = random.bytes(sealBytes);
  state.secrets.put({ name: 'seal', bytes });
  return bytes;
}

/** Seals a text: initialization vector, tag, and cipher. */
export function sealText(text: string, seal: Uint8Array, vector: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', seal, vector);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([vector, cipher.getAuthTag(), body]);
}

/** Opens what `sealText` made; undefined when it is not of this seal, or was changed. */
export function openText(sealed: Buffer, seal: Uint8Array): string | undefined {
  if (sealed.length < 28) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', seal, sealed.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(sealed.subarray(12, 28));
    return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** What an issuer says of a session; keys and times come with `issueSession`. */
export type SessionGrant = Omit<Session, 'accessKeyId' | 'secret' | 'issuedAt' | 'expiresAt'> & {
  readonly durationSeconds: number;
  /** The token is made at least this long, in characters. */
  readonly minimumTokenBytes?: number | undefined;
};

/** A session's token; longer than it need be when that is asked for. */
function sealToken(session: Session, seal: Uint8Array, vector: Uint8Array, minimumBytes: number): string {
  const text = JSON.stringify(session);
  const sealed = sealText(text, seal, vector);
  const filledBytes = Math.ceil((minimumBytes - magic.length) / 4) * 3;
  // JSON takes spaces at its end.
  const spaces = ' '.repeat(Math.max(0, filledBytes - sealed.length));
  return magic + (spaces === '' ? sealed : sealText(text + spaces, seal, vector)).toString('base64');
}

/** Makes a session's credentials. Inside a transaction. */
export function issueSession({ durationSeconds, minimumTokenBytes = 0, ...grant }: SessionGrant, context: IamContext) {
  const { clock, random, ids } = context;
  const seal = needSeal(context);
  const issuedAt = clock.now();
  const session: Session = {
    ...grant,
    accessKeyId: makeSessionKeyId(grant.account, random, seal),
    secret: ids.token(40),
    issuedAt,
    expiresAt: later(issuedAt, durationSeconds),
  };
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secret,
    SessionToken: sealToken(session, seal, random.bytes(12), minimumTokenBytes),
    Expiration: toDate(session.expiresAt),
  };
}

/** Does the token claim to be one of ours? */
export const isOwnToken = (token: string): boolean => token.startsWith(magic);

/** The session in a token; undefined when this cloud did not make it. */
export function openToken(token: string, seal: Uint8Array): Session | undefined {
  const text = isOwnToken(token) ? openText(Buffer.from(token.slice(magic.length), 'base64'), seal) : undefined;
  return text === undefined ? undefined : (JSON.parse(text) as Session);
}

/** Stands where a session would, for a root user whose key the cloud issued: denials hold for it. */
export const issuedRoot = {};

/** The session behind a principal; undefined for long-term credentials. */
export const sessionOf = ({ session }: Principal): Session | undefined =>
  session === issuedRoot ? undefined : (session as Session | undefined);

export const principalOfSession = (session: Session): Principal => ({
  kind: session.kind,
  arn: session.arn,
  account: session.account,
  userId: session.userId,
  userName: session.kind === 'user' ? session.issuerName : undefined,
  accessKeyId: session.accessKeyId,
  session,
});
