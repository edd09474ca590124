// What a network brings to services: traffic for those that take it, and names of what their users built.
import type { Receipt, ReceiverKind } from './kernel/receiver.ts';
import type { AnyService, Context } from './kernel/service.ts';
import { doorsOf, loadService, receiversOf } from './services/catalog.ts';

/** A context of a service, of the default account and Region. */
export type OpenContext = (service: AnyService) => Context<never>;

/** Services that take traffic of a kind, bound to their cloud. */
export async function receiptsOf(kind: ReceiverKind, open: OpenContext): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = [];
  for (const name of receiversOf(kind)) {
    const service = await loadService(name);
    const receiver = service?.receiver;
    if (service === undefined || receiver === undefined) continue;
    receipts.push({
      http: (delivery, request) => receiver.http(delivery, request, open(service)),
      connect: (delivery) => receiver.connect?.(delivery, open(service)) ?? Promise.resolve('refused'),
      datagram: (delivery, datagram) =>
        receiver.datagram?.(delivery, datagram, open(service)) ?? Promise.resolve('nobody'),
    });
  }
  return receipts;
}

/** Addresses of a name that leads to what a user built; undefined when no service knows it. */
export async function addressesOf(
  name: string,
  zone: string | undefined,
  open: OpenContext,
): Promise<readonly string[] | undefined> {
  for (const owner of doorsOf(name)) {
    const service = await loadService(owner);
    const found = service?.door?.addresses?.(name, open(service), zone);
    if (found !== undefined) return found;
  }
  return undefined;
}
