// Filling a fleet: launching until its target is met, pool after pool, each launch for itself.
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { orderPools, type Pool, poolsOf, type PoolSource } from './fleet-pool.ts';
import { canHappen, happen, isAlive, userShutdown } from './instance-life.ts';
import type { InstanceRow } from './instance-state.ts';
import { launch } from './launch.ts';
import type { Ec2Context } from './operation.ts';
import { onDemandPrice } from './price-model.ts';
import { launchSpot, readPrice } from './spot-launch.ts';
import type { FleetMemberRow, FleetRow } from './spot-state.ts';

/** What a fleet's request says, in one form for both kinds. */
export interface FleetPlan {
  readonly sources: readonly PoolSource[];
  readonly spotStrategy: string | undefined;
  readonly spotPools: number;
  readonly spotMaxPrice: string | undefined;
  readonly onDemandStrategy: string | undefined;
  readonly tags: { readonly Key?: string | undefined; readonly Value?: string | undefined }[];
}

type Lifecycle = 'spot' | 'on-demand';

/** Members that are there, with their instances. */
export function membersOf(
  { state }: Ec2Context,
  fleetId: string,
): { readonly member: FleetMemberRow; readonly row: InstanceRow }[] {
  return state.fleetMembers.list({ prefix: key(fleetId) }).flatMap((member) => {
    const row = state.instances.find(member.instanceId);
    return row !== undefined && isAlive(row) ? [{ member, row }] : [];
  });
}

export function capacityOf(context: Ec2Context, fleetId: string): { readonly spot: number; readonly onDemand: number } {
  const members = membersOf(context, fleetId).map(({ member }) => member);
  const sum = (lifecycle: Lifecycle) =>
    members.filter((one) => one.lifecycle === lifecycle).reduce((all, { weight }) => all + weight, 0);
  return { spot: sum('spot'), onDemand: sum('on-demand') };
}

export function note(
  context: Ec2Context,
  fleetId: string,
  type: 'instanceChange' | 'fleetRequestChange' | 'error' | 'information',
  subtype: string,
  text: string,
  instanceId?: string,
): void {
  const { state, clock } = context;
  const last = state.fleetEvents.first({ prefix: key(fleetId), reverse: true });
  state.fleetEvents.put({ fleetId, at: clock.now(), number: (last?.number ?? 0) + 1, type, subtype, text, instanceId });
}

type Failure = FleetRow['errors'][number];

/** Launches as many units as are missing; what was refused. */
export function fill(context: Ec2Context, fleet: FleetRow, plan: FleetPlan): Failure[] {
  const pools = poolsOf(context, plan.sources);
  const has = capacityOf(context, fleet.id);
  const failures: Failure[] = [];
  const markets = [
    ['on-demand', fleet.target.onDemand - has.onDemand, plan.onDemandStrategy, 1],
    ['spot', fleet.target.spot - has.spot, plan.spotStrategy, plan.spotPools],
  ] as const;
  for (const [lifecycle, missing, strategy, count] of markets) {
    if (missing <= 0) continue;
    const { pools: ordered, spread } = orderPools(context, pools, lifecycle, strategy, count);
    failures.push(...fillMarket(context, fleet, plan, lifecycle, missing, ordered, spread));
  }
  return failures;
}

function fillMarket(
  context: Ec2Context,
  fleet: FleetRow,
  plan: FleetPlan,
  lifecycle: Lifecycle,
  target: number,
  pools: readonly Pool[],
  spread: number,
): Failure[] {
  let missing = target;
  const failures: Failure[] = [];
  const share = Math.ceil(target / spread);
  for (const [at, pool] of pools.entries()) {
    // The first pools share; when they are done, or cannot, the others take what is left.
    const wanted = at < spread - 1 ? Math.min(share, missing) : missing;
    if (wanted <= 0) break;
    const made = fillPool(context, fleet, plan, lifecycle, pool, Math.ceil(wanted / pool.weight));
    if ('code' in made) failures.push(made);
    else missing -= made.length * pool.weight;
    if (missing <= 0) break;
  }
  return failures;
}

function fillPool(
  context: Ec2Context,
  fleet: FleetRow,
  plan: FleetPlan,
  lifecycle: Lifecycle,
  pool: Pool,
  count: number,
): readonly InstanceRow[] | Failure {
  const shown = JSON.stringify(pool.shown);
  const profileName = pool.request.IamInstanceProfile?.Arn ?? pool.request.IamInstanceProfile?.Name;
  const extras = {
    profile: profileName === undefined ? undefined : fleet.profiles[profileName],
    fleetId: fleet.id,
    awsTags: [{ Key: fleet.kind === 'fleet' ? 'aws:ec2:fleet-id' : 'aws:ec2spot:fleet-request-id', Value: fleet.id }],
  };
  const tags = plan.tags.length === 0 ? [] : [{ ResourceType: 'instance' as const, Tags: plan.tags }];
  const request = {
    ...pool.request,
    TagSpecifications: [...(pool.request.TagSpecifications ?? []), ...tags],
    MinCount: 1,
    MaxCount: count,
  };
  try {
    const { rows } = context.attempt(() =>
      lifecycle === 'spot'
        ? launchSpot(
            context,
            request,
            readPrice(pool.maxPrice ?? plan.spotMaxPrice, onDemandPrice(context.region, pool.type)),
            extras,
          )
        : launch(context, request, extras),
    );
    for (const row of rows) {
      context.state.fleetMembers.put({
        fleetId: fleet.id,
        instanceId: row.id,
        weight: pool.weight,
        lifecycle,
        pool: shown,
      });
      note(
        context,
        fleet.id,
        'instanceChange',
        'launched',
        `{"instanceType":"${row.type}","availabilityZone":"${row.zone}"}`,
        row.id,
      );
    }
    return rows;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { code: error.code, message: error.message, lifecycle, pool: shown };
  }
}

/** Terminates what is over the target, the youngest first. */
export function trim(context: Ec2Context, fleet: FleetRow): void {
  if (fleet.excess === 'no-termination') return;
  for (const lifecycle of ['spot', 'on-demand'] as const) {
    const has = capacityOf(context, fleet.id);
    let over = lifecycle === 'spot' ? has.spot - fleet.target.spot : has.onDemand - fleet.target.onDemand;
    const members = membersOf(context, fleet.id).filter(({ member }) => member.lifecycle === lifecycle);
    for (const { member, row } of members.sort((a, b) => b.row.createdAt - a.row.createdAt)) {
      if (over < member.weight) break;
      over -= member.weight;
      end(context, fleet.id, row);
    }
  }
}

export function end(context: Ec2Context, fleetId: string, row: InstanceRow): void {
  if (!canHappen(row.state, 'terminate')) return;
  happen(context, row, 'terminate', userShutdown);
  note(context, fleetId, 'instanceChange', 'terminated', '{}', row.id);
}

/** Terminates all members of a fleet. */
export function endAll(context: Ec2Context, fleetId: string): void {
  for (const { row } of membersOf(context, fleetId)) end(context, fleetId, row);
}

/** Unknown: how often a fleet looks for capacity that it was refused. */
export const retrySeconds = 120;

export const lookLater = ({ jobs, clock }: Ec2Context, id: string, seconds: number): string =>
  jobs.at(later(clock.now(), seconds), 'fleetStep', { id });
