// Servers: rows as they are kept. Interfaces, volumes and tags of an instance are rows of their own.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { InstanceStateName } from './facts.ts';

/** An IAM instance profile that an instance has. */
export interface ProfileAssociation {
  /** `iip-assoc-…`. */
  readonly associationId: string;
  readonly arn: string;
  readonly id: string;
  readonly state: 'associating' | 'associated' | 'disassociating';
  readonly at: Instant;
}

export interface MetadataOptions {
  readonly tokens: 'optional' | 'required';
  readonly hopLimit: number;
  readonly endpoint: 'enabled' | 'disabled';
  readonly ipv6: 'enabled' | 'disabled';
  readonly tags: 'enabled' | 'disabled';
}

export interface InstancePlacement {
  readonly tenancy: 'default' | 'dedicated' | 'host';
  readonly groupName?: string | undefined;
  readonly groupId?: string | undefined;
  readonly partition?: number | undefined;
  readonly affinity?: 'default' | 'host' | undefined;
  readonly hostId?: string | undefined;
  readonly hostResourceGroupArn?: string | undefined;
}

export interface InstanceRow {
  readonly id: string;
  readonly reservationId: string;
  /** Place in its reservation, from 0. */
  readonly launchIndex: number;
  /** AWS's service that launched it, by its account. */
  readonly requesterId?: string | undefined;
  readonly clientToken: string;
  readonly state: InstanceStateName;
  readonly stateAt: Instant;
  /** Counts its transitions, so that a job of an earlier state is known to be late. */
  readonly step: number;
  /** Why it came into its state. */
  readonly stateReason?:
    | { readonly code: string; readonly message: string; readonly byExperiment?: true | undefined }
    | undefined;
  /** `User initiated (2026-01-01 00:00:00 GMT)`. */
  readonly transitionReason: string;
  readonly createdAt: Instant;
  /** The latest start. */
  readonly launchedAt: Instant;
  /** When it was last `running`, and for the first time. */
  readonly runningAt?: Instant | undefined;
  readonly firstRunningAt?: Instant | undefined;
  /** When it left `running` last. */
  readonly stoppedAt?: Instant | undefined;
  readonly imageId: string;
  readonly type: string;
  readonly keyName?: string | undefined;
  readonly architecture: string;
  readonly virtualization: 'hvm' | 'paravirtual';
  readonly platform?: 'windows' | undefined;
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly usageOperationAt: Instant;
  readonly productCodes: readonly { readonly id: string; readonly type: 'marketplace' | 'devpay' }[];
  readonly rootDevice?: string | undefined;
  readonly kernelId?: string | undefined;
  readonly ramdiskId?: string | undefined;
  readonly bootMode?: 'legacy-bios' | 'uefi' | 'uefi-preferred' | undefined;
  readonly tpmSupport?: string | undefined;
  readonly zone: string;
  readonly zoneId: string;
  /** Kept when it is gone: its last network. */
  readonly vpcId: string;
  readonly subnetId: string;
  readonly placement: InstancePlacement;
  /** Base64, as given. */
  readonly userData?: string | undefined;
  readonly profile?: ProfileAssociation | undefined;
  readonly monitoring: 'disabled' | 'enabled';
  readonly ebsOptimized: boolean;
  readonly enaSupport: boolean;
  readonly sriov?: string | undefined;
  readonly metadata: MetadataOptions;
  /** For burstable types. */
  readonly credits?: 'standard' | 'unlimited' | undefined;
  readonly cpu: {
    readonly cores: number;
    readonly threads: number;
    readonly sevSnp?: 'enabled' | 'disabled' | undefined;
    readonly nested?: 'enabled' | 'disabled' | undefined;
  };
  readonly hibernation: boolean;
  readonly enclave: boolean;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly autoRecovery: 'default' | 'disabled';
  readonly rebootMigration: 'default' | 'disabled';
  readonly privateDns: {
    readonly hostnameType: 'ip-name' | 'resource-name';
    readonly a: boolean;
    readonly aaaa: boolean;
  };
  /** Whether the primary interface gets an address of Amazon's pool at each start. */
  readonly publicIp: boolean;
  readonly lifecycle?: 'spot' | 'capacity-block' | undefined;
  readonly spotRequestId?: string | undefined;
  /** Spot: when its notice will be over. */
  readonly interruptedAt?: Instant | undefined;
  readonly fleetId?: string | undefined;
  readonly capacityPreference: 'open' | 'none' | 'capacity-reservations-only';
  readonly capacityTarget?: { readonly id?: string | undefined; readonly groupArn?: string | undefined } | undefined;
  readonly capacityReservationId?: string | undefined;
  readonly licenses: readonly string[];
  readonly bandwidthWeighting?: string | undefined;
}

/** vCPUs that instances of a quota hold. */
export interface VcpuUseRow {
  readonly quota: string;
  readonly vcpus: number;
}

export const instanceTables = {
  instances: table<InstanceRow>()({
    key: (row) => row.id,
    indexes: {
      /** As they were launched. */
      order: (row: InstanceRow) => key(row.createdAt, row.reservationId, row.launchIndex),
      vpc: (row: InstanceRow) => key(row.vpcId),
      association: (row: InstanceRow) => (row.profile === undefined ? undefined : key(row.profile.associationId)),
      /** Spot Instances by state. */
      spot: (row: InstanceRow) => (row.lifecycle === 'spot' ? key(row.state) : undefined),
      fleet: (row: InstanceRow) => (row.fleetId === undefined ? undefined : key(row.fleetId)),
      capacity: (row: InstanceRow) =>
        row.capacityReservationId === undefined ? undefined : key(row.capacityReservationId),
      host: (row: InstanceRow) => (row.placement.hostId === undefined ? undefined : key(row.placement.hostId)),
      group: (row: InstanceRow) => (row.placement.groupName === undefined ? undefined : key(row.placement.groupName)),
    },
  }),
  vcpuUses: table<VcpuUseRow>()({ key: (row) => row.quota }),
};
