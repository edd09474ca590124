// The state of one walk, and the values that it leaves behind: hops, steps, and where it ended.
import type { Instant } from '../kernel/units.ts';
import type { Component, Disposition, Explanation } from './explanation.ts';
import type { Packet } from './flow.ts';
import { connectionKey, isAlive, type Session, type Sessions } from './session.ts';
import type { NetworkInterface, Route, RouteTarget, Topology } from './topology.ts';
import { type VpcIndex, type VpcServiceName, vpcIndex } from './topology-index.ts';

/** Where a packet can come to rest. */
export type Destination =
  | { readonly kind: 'interface'; readonly vpcId: string; readonly id: string }
  | { readonly kind: 'internet' }
  | { readonly kind: 'site'; readonly id: string }
  /** An AWS service: over the Internet, or through a VPC endpoint. */
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly endpointId?: string | undefined;
      readonly vpcId?: string | undefined;
      /** The interface of an interface endpoint. */
      readonly interfaceId?: string | undefined;
    }
  | { readonly kind: 'vpc-service'; readonly vpcId: string; readonly name: VpcServiceName };

export type Step =
  | {
      readonly kind: 'security-group';
      readonly direction: 'ingress' | 'egress';
      readonly allowed: boolean;
      /** The connection was known: no rule was asked. */
      readonly bySession: boolean;
      readonly groupIds: readonly string[];
      readonly groupId?: string | undefined;
      readonly ruleId?: string | undefined;
    }
  | {
      readonly kind: 'network-acl';
      readonly direction: 'ingress' | 'egress';
      readonly allowed: boolean;
      readonly aclId: string;
      readonly rule: number;
    }
  | {
      readonly kind: 'route';
      readonly tableId: string;
      /** As the table has it: CIDR block or prefix list. */
      readonly destination: string;
      readonly target: RouteTarget;
      readonly origin: Route['origin'];
    }
  | {
      readonly kind: 'transit-route';
      readonly tableId: string;
      readonly destination: string;
      readonly attachmentId: string;
    }
  | {
      readonly kind: 'translate';
      readonly of: 'source' | 'destination';
      readonly before: Packet;
      readonly after: Packet;
    }
  | { readonly kind: 'deliver'; readonly to: Destination }
  | { readonly kind: 'drop'; readonly disposition: Disposition; readonly explanation: Explanation };

/** A stay of the packet at one part of the network. */
export interface Hop {
  readonly component: Component;
  /** As it arrived there. */
  readonly packet: Packet;
  readonly vpcId?: string | undefined;
  readonly subnetId?: string | undefined;
  /** Zone ID; undefined for what is not in a zone. */
  readonly zone?: string | undefined;
  /** At an interface: out of it into the network, or from the network into it. */
  readonly direction?: 'ingress' | 'egress' | undefined;
  readonly steps: readonly Step[];
}

/** Where the packet stands. Each is handled by one function, which answers the next. */
export type Place =
  | {
      readonly kind: 'leave';
      readonly vpc: VpcIndex;
      readonly nic: NetworkInterface;
      /** Not its own host's packet. */
      readonly forwarding?: boolean | undefined;
    }
  | { readonly kind: 'enter'; readonly vpc: VpcIndex; readonly nic: NetworkInterface }
  | { readonly kind: 'router'; readonly vpc: VpcIndex; readonly subnetId: string }
  | {
      readonly kind: 'local';
      readonly vpc: VpcIndex;
      readonly fromSubnetId?: string | undefined;
      /** From a transit gateway the network ACL is asked within one subnet, too. */
      readonly fromTransit?: boolean | undefined;
    }
  | {
      readonly kind: 'target';
      readonly vpc: VpcIndex;
      readonly route: Route;
      readonly fromSubnetId?: string | undefined;
    }
  | { readonly kind: 'internet' }
  | { readonly kind: 'transit'; readonly gatewayId: string; readonly fromAttachmentId: string }
  | { readonly kind: 'site-exit'; readonly siteId: string }
  | { readonly kind: 'end'; readonly destination: Destination }
  | { readonly kind: 'dropped'; readonly disposition: Disposition; readonly explanation: Explanation };

interface OpenHop extends Hop {
  readonly steps: Step[];
}

export class Walk {
  readonly topology: Topology;
  readonly sessions: Sessions;
  readonly now: Instant;
  /** By session key: what this trace opened or used, in either direction. */
  readonly opened: Map<string, Session>;
  packet: Packet;
  readonly hops: OpenHop[] = [];
  /** The interface that sent the packet, for as long as the packet shows it: rules that name groups ask for it. */
  sender: NetworkInterface | undefined;
  /** The interface where the walk began, if it began at one. */
  origin: { readonly vpcId: string; readonly nic: NetworkInterface } | undefined;
  /** The zone where the packet is; undefined in what spans the Region. */
  zone: string | undefined;

  constructor(topology: Topology, sessions: Sessions, now: Instant, opened: Map<string, Session>, packet: Packet) {
    this.topology = topology;
    this.sessions = sessions;
    this.now = now;
    this.opened = opened;
    this.packet = packet;
  }

  vpc(id: string): VpcIndex | undefined {
    const vpc = this.topology.vpcs.get(id);
    return vpc === undefined ? undefined : vpcIndex(vpc);
  }

  hop(component: Component, where: Pick<Hop, 'vpcId' | 'subnetId' | 'zone' | 'direction'> = {}): void {
    this.hops.push({ component, packet: this.packet, ...where, steps: [] });
  }

  step(step: Step): void {
    this.hops.at(-1)?.steps.push(step);
  }

  translate(of: 'source' | 'destination', after: Packet): void {
    this.step({ kind: 'translate', of, before: this.packet, after });
    this.packet = after;
  }

  deliver(destination: Destination): Place {
    this.step({ kind: 'deliver', to: destination });
    return { kind: 'end', destination };
  }

  drop(disposition: Disposition, explanation: Explanation): Place {
    this.step({ kind: 'drop', disposition, explanation });
    return { kind: 'dropped', disposition, explanation };
  }

  /** A session of this trace, or one from before that is still alive. */
  session(key: string): Session | undefined {
    const own = this.opened.get(key);
    if (own !== undefined) return own;
    const kept = this.sessions.get(key);
    return kept !== undefined && isAlive(kept, this.now) ? kept : undefined;
  }

  keep(session: Session): void {
    this.opened.set(session.key, session);
  }

  /** The connection's key at a part, seen from the part's own side when `outward`. */
  keyAt(partId: string, outward: boolean): string {
    return connectionKey(partId, this.packet, outward);
  }

  hasPower(zone: string): boolean {
    return this.topology.zones.get(zone)?.power ?? true;
  }

  /** False when the packet can not get from where it is to `zone` (undefined: to what spans the Region). */
  canCross(zone: string | undefined): boolean {
    if (zone === this.zone) return true;
    const connected = (at: string | undefined) => at === undefined || (this.topology.zones.get(at)?.network ?? true);
    return connected(this.zone) && connected(zone);
  }
}
