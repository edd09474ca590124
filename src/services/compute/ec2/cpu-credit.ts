// CPU credits of burstable instances. A credit is one vCPU at 100 % for a minute. They are earned all the time and spent by what the CPU
// does; who has none left either goes on at the baseline (standard) or borrows (unlimited), and pays for what is never paid back. Pure.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html

export interface CreditPlan {
  readonly earnedPerHour: number;
  /** Credits that a T2 has when it starts; they are spent first, and do not count against what can be saved. */
  readonly atLaunch: number;
  /** How long credits stay when the instance stops, in seconds. */
  readonly keptSeconds: number;
}

type Size = 'nano' | 'micro' | 'small' | 'medium' | 'large' | 'xlarge' | '2xlarge';

const earnedByT2: Readonly<Record<Size, number>> = {
  nano: 3,
  micro: 6,
  small: 12,
  medium: 24,
  large: 36,
  xlarge: 54,
  '2xlarge': 81.6,
};
const earnedByOthers: Readonly<Record<Size, number>> = {
  nano: 6,
  micro: 12,
  small: 24,
  medium: 24,
  large: 36,
  xlarge: 96,
  '2xlarge': 192,
};

/** A T2's launch credits for each vCPU. */
const launchCredits = 30;
const weekSeconds = 7 * 86_400;
/** What can be saved is what is earned in a day; so much can be borrowed as well. */
const hoursSaved = 24;

/** Undefined for a type that does not burst. */
export function creditPlanOf(type: string, vcpus: number): CreditPlan | undefined {
  const [family = '', size = ''] = type.split('.');
  if (!/^t\d/.test(family)) return undefined;
  const isFirst = family === 't2';
  const earnedPerHour = (isFirst ? earnedByT2 : earnedByOthers)[size as Size];
  if (earnedPerHour === undefined) return undefined;
  return { earnedPerHour, atLaunch: isFirst ? launchCredits * vcpus : 0, keptSeconds: isFirst ? 0 : weekSeconds };
}

export interface Credits {
  /** Launch credits that are left. */
  readonly launch: number;
  readonly saved: number;
  /** Borrowed, and not paid back yet. */
  readonly surplus: number;
}

export interface CreditMinute extends Credits {
  /** Borrowed beyond what can be paid back: on the bill. */
  readonly charged: number;
}

export const firstCredits = ({ atLaunch }: CreditPlan): Credits => ({ launch: atLaunch, saved: 0, surplus: 0 });

/** A minute in which so many credits were asked for. */
export function spendMinute(plan: CreditPlan, before: Credits, spent: number, unlimited: boolean): CreditMinute {
  const most = plan.earnedPerHour * hoursSaved;
  const fromLaunch = Math.min(before.launch, spent);
  const rest = before.saved - before.surplus + plan.earnedPerHour / 60 - (spent - fromLaunch);
  const owed = unlimited ? Math.max(0, -rest) : 0;
  return {
    launch: before.launch - fromLaunch,
    saved: Math.min(most, Math.max(0, rest)),
    surplus: Math.min(most, owed),
    charged: Math.max(0, owed - most),
  };
}

/** What `CPUCreditBalance` shows. */
export const balanceOf = ({ launch, saved }: Credits): number => launch + saved;
