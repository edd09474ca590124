// The local certificate authority: signs what the cloud shows to clients that come by TLS, for whatever name they ask. Who trusts its one
// certificate trusts this cloud, and nothing else: its key is in the data folder, or only in memory.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { entropy } from '../kernel/random.ts';
import { type Signer, writeAuthority, writeServer } from './certificate.ts';

/** A certificate in PEM, with the chain, and its private key. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

const fileName = 'certificate-authority.pem';
const dayMs = 86_400_000;
const authorityDays = 3_650;
/** Apple's clients take no server certificate that is valid for longer than 825 days, and of public authorities 398. */
const serverDays = 397;
/** What a client calls that gives no name: it connected to an address. */
const ownNames = ['localhost', 'localhost.localstack.cloud', '127.0.0.1', '::1'];
const keptNames = 1_000;

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

export class LocalAuthority {
  /** Its certificate in PEM: what clients are told to trust. */
  readonly certificate: string;
  readonly #signer: Signer;
  /** All names have one key. */
  readonly #serverKey = newKey();
  readonly #serverPem = pemOf(this.#serverKey);
  readonly #known = new Map<string, { readonly identity: Identity; readonly until: number }>();

  private constructor(certificate: string, key: KeyObject) {
    this.certificate = certificate;
    this.#signer = { key, name: /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? '' };
  }

  /** The authority of a data folder, made when there is none; without a folder a fresh one. */
  static async open(folder: string | undefined): Promise<LocalAuthority> {
    const file = folder === undefined ? undefined : join(folder, fileName);
    const kept = file === undefined ? undefined : await readKept(file);
    if (kept !== undefined) return new LocalAuthority(kept.certificate, kept.key);
    const key = newKey();
    const now = Date.now();
    const until = new Date(now + authorityDays * dayMs);
    const certificate = writeAuthority({ key, name: `Hakoniwa ${entropy(8)}` }, new Date(now - dayMs), until);
    if (file !== undefined) await writeFile(file, `${certificate}${pemOf(key)}`, { mode: 0o600 });
    return new LocalAuthority(certificate, key);
  }

  /** What to show to a client that asks for a name; undefined: one that connected to an address. */
  identityFor(name: string | undefined): Identity {
    const asked = name === undefined || isIP(name) > 0 ? '' : name.toLowerCase();
    const now = Date.now();
    const known = this.#known.get(asked);
    if (known !== undefined && known.until > now) return known.identity;
    const names = asked === '' || ownNames.includes(asked) ? ownNames : [asked];
    const until = new Date(now + serverDays * dayMs);
    const publicKey = createPublicKey(this.#serverKey);
    const own = writeServer(names, publicKey, this.#signer, new Date(now - dayMs), until);
    const identity = { certificate: `${own}${this.certificate}`, key: this.#serverPem };
    if (this.#known.size >= keptNames) this.#known.clear();
    this.#known.set(asked, { identity, until: until.getTime() - dayMs });
    return identity;
  }
}

/** What the file has; undefined when it is not there, or its certificate is about to end. */
async function readKept(file: string): Promise<{ readonly certificate: string; readonly key: KeyObject } | undefined> {
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (pem === undefined) return undefined;
  const certificate = `${/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem)?.[0] ?? ''}\n`;
  if (Date.parse(new X509Certificate(certificate).validTo) < Date.now() + serverDays * dayMs) return undefined;
  return { certificate, key: createPrivateKey(pem) };
}
