// Which instance goes first when a group shrinks: its termination policies, one after the other, each leaving those that it finds equal.
//
// Differs: a policy that is a Lambda function is refused.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
import { secondsPerHour } from '../../../kernel/units.ts';
import type { Market, MemberRow } from './state.ts';

export interface PolicyFacts {
  readonly now: number;
  /** The template that the group has now. */
  readonly templateId?: string | undefined;
  /** When each launch configuration was created. */
  readonly configurationAt: (name: string) => number | undefined;
  /** What the group has too much of, by its allocation strategy. */
  readonly surplusMarket?: Market | undefined;
}

type Policy = (members: readonly MemberRow[], facts: PolicyFacts) => readonly MemberRow[];

/** Those for which a number is smallest. */
function least(members: readonly MemberRow[], of: (member: MemberRow) => number): MemberRow[] {
  const low = Math.min(...members.map(of));
  return members.filter((member) => of(member) === low);
}

const untilNextHour = ({ now }: PolicyFacts, { launchedAt }: MemberRow): number => {
  const hourMs = secondsPerHour * 1000;
  return hourMs - ((now - launchedAt) % hourMs);
};

const oldestConfiguration: Policy = (members, { configurationAt }) => {
  const configured = members.filter(({ configuration }) => configuration !== undefined);
  return configured.length === 0
    ? members
    : least(configured, ({ configuration = '' }) => configurationAt(configuration) ?? 0);
};

const oldestTemplate: Policy = (members, { templateId }) => {
  const templated = members.filter(({ template }) => template !== undefined);
  if (templated.length === 0) return members;
  const others = templated.filter(({ template }) => template?.id !== templateId);
  return least(others.length > 0 ? others : templated, ({ template }) => Number(template?.version ?? 0));
};

const allocation: Policy = (members, { surplusMarket }) => {
  const some = members.filter(({ market }) => market === surplusMarket);
  return some.length > 0 ? some : members;
};

const closestToHour: Policy = (members, facts) => least(members, (member) => untilNextHour(facts, member));

const policies: Readonly<Record<string, Policy>> = {
  OldestInstance: (members) => least(members, ({ launchedAt }) => launchedAt),
  NewestInstance: (members) => least(members, ({ launchedAt }) => -launchedAt),
  OldestLaunchConfiguration: oldestConfiguration,
  OldestLaunchTemplate: oldestTemplate,
  ClosestToNextInstanceHour: closestToHour,
  AllocationStrategy: allocation,
  // By market first, then those with a configuration before those with a template, then the oldest of it, then the hour.
  Default: (members, facts) => {
    const fitting = allocation(members, facts);
    const configured = fitting.filter(({ configuration }) => configuration !== undefined);
    const oldest = configured.length > 0 ? oldestConfiguration(configured, facts) : oldestTemplate(fitting, facts);
    return closestToHour(oldest, facts);
  },
};

export const policyTypes: readonly string[] = [
  'AllocationStrategy',
  'ClosestToNextInstanceHour',
  'Default',
  'NewestInstance',
  'OldestInstance',
  'OldestLaunchConfiguration',
  'OldestLaunchTemplate',
];

/** The instance of these that goes first. */
export function pickFirst(members: readonly MemberRow[], names: readonly string[], facts: PolicyFacts): MemberRow {
  let left = members;
  for (const name of [...names, 'Default']) {
    if (left.length <= 1) break;
    left = policies[name]?.(left, facts) ?? left;
  }
  return left[0] as MemberRow;
}
