// The local certificate authority: signs what the cloud shows to clients that come by TLS, for whatever name they ask. Who trusts its one
// certificate trusts this cloud, and nothing else: its key is in the data folder, or only in memory.
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { entropy } from '../kernel/random.ts';
import type { Signer } from './certificate.ts';

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

export class LocalAuthority {
  /** Its certificate in PEM: what clients are told to trust. */
  readonly certificate: string;
  readonly #signer: Signer;
  /** All names have one key. */
  readonly #server: { readonly key: Signer['keys']['publicKey']; readonly pem: string };
  readonly #known = new Map<string, { readonly identity: Promise<Identity>; readonly until: number }>();

  private constructor(certificate: string, signer: Signer, server: { key: Signer['keys']['publicKey']; pem: string }) {
    this.certificate = certificate;
    this.#signer = signer;
    this.#server = server;
  }

  /** The authority of a data folder, made when there is none; without a folder a fresh one. */
  static async open(folder: string | undefined): Promise<LocalAuthority> {
    const { makeKeys, writeKey } = await import('./certificate.ts');
    const file = folder === undefined ? undefined : join(folder, fileName);
    const { certificate, signer } = (file === undefined ? undefined : await readKept(file)) ?? (await make(file));
    const { privateKey, publicKey } = await makeKeys();
    return new LocalAuthority(certificate, signer, { key: publicKey, pem: await writeKey(privateKey) });
  }

  /** What to show to a client that asks for a name; undefined: one that connected to an address. */
  identityFor(name: string | undefined): Promise<Identity> {
    const asked = name === undefined || isIP(name) > 0 ? '' : name.toLowerCase();
    const now = Date.now();
    const known = this.#known.get(asked);
    if (known !== undefined && known.until > now) return known.identity;
    const names = asked === '' || ownNames.includes(asked) ? ownNames : [asked];
    const until = now + serverDays * dayMs;
    const identity = this.#sign(names, new Date(now - dayMs), new Date(until));
    if (this.#known.size >= keptNames) this.#known.clear();
    this.#known.set(asked, { identity, until: until - dayMs });
    return identity;
  }

  async #sign(names: readonly string[], from: Date, until: Date): Promise<Identity> {
    const { writeServer } = await import('./certificate.ts');
    const own = await writeServer(names, this.#server.key, this.#signer, from, until);
    return { certificate: `${own}${this.certificate}`, key: this.#server.pem };
  }
}

interface Kept {
  readonly certificate: string;
  readonly signer: Signer;
}

async function make(file: string | undefined): Promise<Kept> {
  const { distinguishedName, makeKeys, writeAuthority, writeKey } = await import('./certificate.ts');
  const signer = { name: distinguishedName(`Hakoniwa ${entropy(8)}`), keys: await makeKeys() };
  const now = Date.now();
  const until = new Date(now + authorityDays * dayMs);
  const certificate = await writeAuthority(signer, new Date(now - dayMs), until);
  const key = await writeKey(signer.keys.privateKey);
  if (file !== undefined) await writeFile(file, `${certificate}${key}`, { mode: 0o600 });
  return { certificate, signer };
}

/** What the file has; undefined when it is not there, or its certificate is about to end. */
async function readKept(file: string): Promise<Kept | undefined> {
  const { distinguishedName, readKeys } = await import('./certificate.ts');
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (pem === undefined) return undefined;
  const certificate = `${/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem)?.[0] ?? ''}\n`;
  const { subject, validTo } = new X509Certificate(certificate);
  if (Date.parse(validTo) < Date.now() + serverDays * dayMs) return undefined;
  const name = distinguishedName(/^CN=(.*)$/m.exec(subject)?.[1] ?? '');
  return { certificate, signer: { name, keys: await readKeys(pem) } };
}
