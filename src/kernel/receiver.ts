// Receivers: services behind which traffic of a network arrives. A load balancer's node takes connections; an AWS API is called from
// inside a VPC.
import type { Duplex } from 'node:stream';
import type { Datagram } from './datagram.ts';
import type { TlsSession } from './door.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import type { Context } from './service.ts';

/** What stands where a flow can end. */
export type ReceiverKind = 'instance' | 'load-balancer' | 'service' | 'vpc-service' | 'site';

/** A flow that has arrived. */
export interface Delivery {
  /** What the interface belongs to: a load balancer's ARN; for an AWS API its name (`com.amazonaws.us-east-1.s3`); a site's ID. */
  readonly ownerId: string;
  readonly interfaceId: string | undefined;
  /** As they arrived, after all translations. */
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly destinationIp: string;
  readonly port: number;
  readonly vpcId: string | undefined;
  /** The VPC endpoint through which it came. */
  readonly endpointId: string | undefined;
  /** Of a connection from outside that came by TLS, which ended at the door. */
  readonly tls?: TlsSession | undefined;
}

/** `nobody`: not this service's; `refused`: nothing listens on the port; `timeout`: it stays silent. */
export type NoAnswer = 'nobody' | 'refused' | 'timeout';

/** A receiver that is bound to its cloud. */
export interface Receipt {
  http(delivery: Delivery, request: HttpRequest): Promise<HttpResponse | NoAnswer>;
  connect?(delivery: Delivery): Promise<Duplex | NoAnswer>;
  datagram?(delivery: Delivery, datagram: Datagram): Promise<'taken' | NoAnswer>;
}

/** Of a service. The context is of the default account and Region. */
export interface Receiver<State> {
  http(delivery: Delivery, request: HttpRequest, context: Context<State>): Promise<HttpResponse | NoAnswer>;
  connect?(delivery: Delivery, context: Context<State>): Promise<Duplex | NoAnswer>;
  datagram?(delivery: Delivery, datagram: Datagram, context: Context<State>): Promise<'taken' | NoAnswer>;
}
