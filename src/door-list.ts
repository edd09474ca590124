// The names and ports of what users built, and the ways to them: for the sockets that the gateway opens, and for those who ask.
import type { Duplex } from 'node:stream';
import type { Cloud } from './cloud.ts';
import type { Datagram } from './kernel/datagram.ts';
import type { DoorPort, Sender } from './kernel/door.ts';
import type { NoAnswer } from './kernel/receiver.ts';
import { Activity } from './kernel/timeline.ts';
import { doorServices, doorsOf } from './services/catalog.ts';
import { iamTables } from './services/security/iam/state.ts';

/** What a secure port shows its clients. */
export interface ServerIdentity {
  /** PEM, with the chain. */
  readonly certificate: string;
  readonly key: string;
}

export class DoorList {
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
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

  /** A server certificate of IAM with its private key, which no API shows. */
  identity(arn: string): ServerIdentity | undefined {
    const account = arn.split(':')[4] ?? '';
    const { serverCertificates } = this.#cloud.store.state('iam', iamTables, account, this.#cloud.region);
    const row = serverCertificates.list().find((one) => one.arn === arn);
    if (row === undefined) return undefined;
    return { certificate: `${row.body}\n${row.chain ?? ''}`, key: row.privateKey };
  }
}
