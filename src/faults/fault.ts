// A fault is data: what is broken, from when, until when. Whoever is hit by it asks the plan. Told is only who has to do something about it.
import type { Instant } from '../kernel/units.ts';
import type { ZoneLoss } from './zone.ts';

/** What a fault breaks. Zones are given by ID (`use1-az1`), since a name means another zone in another account. */
export type Breakage =
  /** A zone, wholly or in part: `zone.ts` says what that does. */
  | { readonly kind: 'zone'; readonly zoneId: string; readonly lost: ZoneLoss }
  /** All zones of a Region at once; AWS has never lost one so, but plans for disaster recovery are made for it. */
  | { readonly kind: 'region'; readonly region: string }
  /** A server: its own system (the instance status check fails) or the host beneath it (the system status check fails). */
  | { readonly kind: 'instance'; readonly instanceId: string; readonly status: 'instance' | 'system' }
  /** A volume: it stops answering, or its content is gone. */
  | { readonly kind: 'volume'; readonly volumeId: string; readonly effect: 'stalled' | 'lost' }
  /** A way between networks: a VPN connection (or one of its tunnels), a peering, a transit gateway attachment, a Direct Connect connection. */
  | { readonly kind: 'link'; readonly resourceId: string; readonly tunnel?: 0 | 1 | undefined }
  /** No room for new instances: in a zone, of a type, of a market. */
  | {
      readonly kind: 'capacity';
      readonly zoneId?: string | undefined;
      readonly instanceType?: string | undefined;
      readonly market?: 'spot' | 'on-demand' | undefined;
      /** ARN of the caller who finds none, or of the role that it assumed. Default: everybody. */
      readonly principalArn?: string | undefined;
      /** Name of the Auto Scaling group that finds none. Default: all. */
      readonly groupName?: string | undefined;
    }
  /** Calls of an API are throttled, fail, or take longer. */
  | {
      readonly kind: 'api';
      readonly service: string;
      /** Default: every operation. */
      readonly operation?: string | undefined;
      /** ARN of the caller, or of the role that it assumed. Default: everybody but services of AWS. */
      readonly principalArn?: string | undefined;
      readonly effect: 'throttle' | 'error' | 'unavailable' | 'latency';
      readonly latencyMs?: number | undefined;
    };

export type BreakageKind = Breakage['kind'];

export interface Fault {
  readonly id: string;
  readonly breakage: Breakage;
  readonly from: Instant;
  /** Undefined: until it is ended. */
  readonly until?: Instant | undefined;
  /** Share of the calls that are hit, 0 to 1. For faults of APIs and of capacity. Default: 1. */
  readonly chance: number;
  /** Seconds in which the share grows from nothing to `chance`. */
  readonly rampSeconds: number;
  /** Who planned it: an FIS experiment's ARN, or a person's words. */
  readonly note?: string | undefined;
}

/** What may be left out when a fault is added. */
export interface FaultInput {
  readonly breakage: Breakage;
  readonly from?: Instant | undefined;
  readonly until?: Instant | undefined;
  readonly chance?: number | undefined;
  readonly rampSeconds?: number | undefined;
  readonly note?: string | undefined;
}

/** Whether a caller is the principal that a fault names; a role is hit in all its sessions, which leave out its path. */
export function isPrincipal(principalArn: string, callerArn: string): boolean {
  if (callerArn === principalArn) return true;
  const role = /^(arn:[^:]*):iam:(:\d+):role\/(?:.*\/)?([^/]+)$/.exec(principalArn);
  return role !== null && callerArn.startsWith(`${role[1]}:sts:${role[2]}:assumed-role/${role[3]}/`);
}

/** `faults.Began`: a fault is in force from now on. It may have been ended before it began: ask the plan. */
export interface FaultBegan {
  readonly faultId: string;
  readonly breakage: Breakage;
}
