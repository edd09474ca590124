// The names and ports of what users built, and the ways to them: for the sockets that the gateway opens, and for those who ask.
import type { Duplex } from 'node:stream';
import type { Cloud } from './cloud.ts';
import { type Identity, LocalAuthority } from './gateway/local-authority.ts';
import type { SecureDoor } from './gateway/secure.ts';
import type { Datagram } from './kernel/datagram.ts';
import type { DoorPort, Sender } from './kernel/door.ts';
import type { NoAnswer } from './kernel/receiver.ts';
import { Activity } from './kernel/timeline.ts';
import { doorServices, doorsOf } from './services/catalog.ts';
import { iamTables } from './services/security/iam/state.ts';

export class DoorList {
  readonly #cloud: Cloud;
  readonly #dataFolder: string | undefined;
  #authority: Promise<LocalAuthority> | undefined;

  constructor(cloud: Cloud, dataFolder: string | undefined) {
    this.#cloud = cloud;
    this.#dataFolder = dataFolder;
  }

  /** Signs the certificates that the cloud shows; made when it is first asked for. */
  authority(): Promise<LocalAuthority> {
    return (this.#authority ??= LocalAuthority.open(this.#dataFolder));
  }

  async #ask(name: string) {
    const service = await this.#cloud.service(name);
    if (service?.door === undefined) return undefined;
    const call = this.#cloud.nobody(name, this.#cloud.makeRequestId());
    return { door: service.door, context: this.#cloud.context(call, service, new Activity()) };
  }

  async ports(): Promise<readonly DoorPort[]> {
    const ports: DoorPort[] = [];
    for (const name of doorServices) {
      const asked = await this.#ask(name);
      ports.push(...(asked?.door.ports?.(asked.context) ?? []));
    }
    return ports;
  }

  /** A connection to a host and port (`web-1….elb.localhost:80`). Undefined: nobody knows the name. */
  async connect(host: string, sender: Sender): Promise<Duplex | NoAnswer | undefined> {
    for (const name of doorsOf(host)) {
      const asked = await this.#ask(name);
      const opened = await asked?.door.connect?.(host, sender, asked.context);
      if (opened !== undefined) return opened;
    }
    return undefined;
  }

  /** Gives a datagram to whatever has a host and port. Undefined: nobody knows the name. */
  async datagram(host: string, sender: Sender, datagram: Datagram): Promise<'taken' | NoAnswer | undefined> {
    for (const name of doorsOf(host)) {
      const asked = await this.#ask(name);
      const taken = await asked?.door.datagram?.(host, sender, datagram, asked.context);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  /** What a name shows to clients that come by TLS. Undefined: nobody knows it, or takes TLS there. */
  async secureDoor(host: string): Promise<SecureDoor | undefined> {
    for (const name of doorsOf(host)) {
      const asked = await this.#ask(name);
      const found = asked?.door.secure?.(host, asked.context);
      if (found === undefined) continue;
      return { identities: found.certificates.flatMap((arn) => this.identity(arn) ?? []), http2: found.http2 };
    }
    return undefined;
  }

  /** A server certificate of IAM with its private key, which no API shows. */
  identity(arn: string): Identity | undefined {
    const account = arn.split(':')[4] ?? '';
    const { serverCertificates } = this.#cloud.store.state('iam', iamTables, account, this.#cloud.region);
    const row = serverCertificates.list().find((one) => one.arn === arn);
    if (row === undefined) return undefined;
    return { certificate: `${row.body}\n${row.chain ?? ''}`, key: row.privateKey };
  }
}
