// The metadata service of a running cloud: who asks is known by the address from which the request came, the rest by EC2, IAM and STS.
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import { AwsError } from '../kernel/errors.ts';
import type { Machine } from '../kernel/machine.ts';
import type { PartWorld } from '../kernel/parts.ts';
import { instant, later } from '../kernel/units.ts';
import { answerMetadata } from './metadata.ts';
import type { RoleKeys, RoleSource } from './metadata-tree.ts';

export interface Metadata {
  /** Answers an instance; undefined when there is no such one. */
  answer(asker: Asker, request: HttpRequest): Promise<HttpResponse | undefined>;
}

export interface Asker {
  readonly account: string;
  readonly region: string;
  readonly instanceId: string;
  /** It came to the service's IPv6 address, where it answers only when told to. */
  readonly overIpv6?: boolean | undefined;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly metadata: Metadata;
  }
}

/** New keys are there so long before the old ones end, seconds. */
const renewalSeconds = 300;

const asService = { service: 'ec2.amazonaws.com' };

interface AssumedRole {
  readonly Credentials?: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
    readonly Expiration: Date;
  };
}

interface FoundProfile {
  readonly InstanceProfile?: { readonly Roles?: readonly { readonly RoleName: string; readonly Arn: string }[] };
}

class LiveMetadata implements Metadata {
  readonly #world: PartWorld;
  readonly #secret: string;
  /** By instance and role. */
  readonly #keys = new Map<string, RoleKeys>();

  constructor(world: PartWorld) {
    this.#world = world;
    this.#secret = world.random.hex(32);
    world.onRestore(() => this.#keys.clear());
  }

  async answer(asker: Asker, request: HttpRequest): Promise<HttpResponse | undefined> {
    const machine = this.#world.parts.machines.find(asker, asker.instanceId);
    if (machine === undefined) return undefined;
    if (asker.overIpv6 === true && machine.access.ipv6 !== 'enabled') return undefined;
    const world = { now: this.#world.clock.now(), secret: this.#secret, roles: this.#rolesOf(machine) };
    return answerMetadata(request, machine, world);
  }

  #rolesOf(machine: Machine): RoleSource {
    const { account, region } = machine;
    const roles = async () => {
      const name = machine.profile?.arn.split('/').at(-1) ?? '';
      try {
        const input = { InstanceProfileName: name };
        const options = { account, region, as: asService };
        const found = await this.#world.call<FoundProfile>('iam', 'GetInstanceProfile', input, options);
        return found.InstanceProfile?.Roles ?? [];
      } catch (error) {
        if (error instanceof AwsError) return undefined;
        throw error;
      }
    };
    return {
      names: async () => (await roles())?.map(({ RoleName }) => RoleName),
      keys: async (name) => {
        const role = (await roles())?.find(({ RoleName }) => RoleName === name);
        return role === undefined ? 'refused' : this.#keysOf(machine, role.Arn);
      },
    };
  }

  /**
   * Keys of a role, the same ones until shortly before their end.
   *
   * Differs: AWS's are good for about six hours; these as long as STS gives when nobody asks for more, one hour.
   */
  async #keysOf(machine: Machine, RoleArn: string): Promise<RoleKeys | 'refused'> {
    const at = `${machine.id} ${RoleArn}`;
    const known = this.#keys.get(at);
    const now = this.#world.clock.now();
    if (known !== undefined && later(now, renewalSeconds) < known.expiresAt) return known;
    try {
      const input = { RoleArn, RoleSessionName: machine.id };
      const options = { account: machine.account, region: machine.region, as: asService };
      const { Credentials } = await this.#world.call<AssumedRole>('sts', 'AssumeRole', input, options);
      if (Credentials === undefined) return 'refused';
      const keys: RoleKeys = {
        accessKeyId: Credentials.AccessKeyId,
        secretAccessKey: Credentials.SecretAccessKey,
        token: Credentials.SessionToken,
        updatedAt: now,
        expiresAt: instant(Credentials.Expiration.getTime()),
      };
      this.#keys.set(at, keys);
      return keys;
    } catch (error) {
      if (error instanceof AwsError) return 'refused';
      throw error;
    }
  }
}

export const makePart = (world: PartWorld): Metadata => new LiveMetadata(world);
