// What is known of an instance by whoever runs it: the facts that its metadata service tells. EC2 makes the part; guests ask for it.
import type { Place } from './place.ts';
import type { Instant } from './units.ts';

/** How an instance's metadata may be asked for. */
export interface MetadataAccess {
  readonly tokens: 'optional' | 'required';
  /** How many network hops an answer may travel. */
  readonly hopLimit: number;
  readonly endpoint: 'enabled' | 'disabled';
  readonly ipv6: 'enabled' | 'disabled';
  readonly tags: 'enabled' | 'disabled';
}

/** A network interface as the instance is told of it. */
export interface MachineInterface {
  readonly id: string;
  readonly deviceIndex: number;
  readonly mac: string;
  readonly ownerId: string;
  readonly subnetId: string;
  readonly subnetCidr?: string | undefined;
  readonly subnetIpv6Cidrs: readonly string[];
  readonly vpcId: string;
  readonly vpcCidrs: readonly string[];
  readonly vpcIpv6Cidrs: readonly string[];
  /** The primary one first. */
  readonly addresses: readonly { readonly private: string; readonly public?: string | undefined }[];
  readonly ipv6: readonly string[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly privateName: string;
  /** Empty without a public address, or where the VPC gives no names. */
  readonly publicName: string;
}

export interface Machine {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly dnsSuffix: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly imageId: string;
  readonly type: string;
  readonly architecture: string;
  readonly reservationId: string;
  readonly launchIndex: number;
  /** The latest start. */
  readonly launchedAt: Instant;
  readonly hostName: string;
  readonly key?: { readonly name: string; readonly publicKey: string } | undefined;
  readonly lifeCycle: 'on-demand' | 'spot' | 'capacity-block';
  readonly hibernation: boolean;
  readonly kernelId?: string | undefined;
  readonly ramdiskId?: string | undefined;
  readonly productCodes: readonly string[];
  readonly groupName?: string | undefined;
  readonly partition?: number | undefined;
  readonly hostId?: string | undefined;
  /** As given, decoded. */
  readonly userData?: Uint8Array | undefined;
  readonly profile?: { readonly arn: string; readonly id: string } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly access: MetadataAccess;
  readonly rootDevice?: string | undefined;
  /** Other volumes' device names, in order. */
  readonly devices: readonly string[];
  /** The primary one first. */
  readonly interfaces: readonly MachineInterface[];
  /** A Spot Instance's notice: what will be done, and when. */
  readonly interruption?: { readonly action: 'terminate' | 'stop' | 'hibernate'; readonly at: Instant } | undefined;
}

export interface Machines {
  find(place: Pick<Place, 'account' | 'region'>, instanceId: string): Machine | undefined;
}

declare module './parts.ts' {
  interface Parts {
    readonly machines: Machines;
  }
}
