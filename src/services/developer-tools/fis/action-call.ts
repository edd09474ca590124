// An action at work: in each account that it has targets in, as the role that the experiment has there.
import { type ActionCall, runners } from './action-runner.ts';
import { readSeconds } from './duration.ts';
import type { FisContext } from './operation.ts';
import { accountOf, type Actor, actorsOf, ExperimentFailure } from './role.ts';
import type { ActionRun, ExperimentRow } from './state.ts';

/** An action of an experiment. */
export interface ActionName {
  readonly id: string;
  readonly name: string;
}

/** An action's calls: one in each account that it has targets in; one without targets is done by the experiment's own role. */
export async function callsOf({ id, name }: ActionName, context: FisContext): Promise<readonly ActionCall[]> {
  const row = context.state.experiments.find(id) as ExperimentRow;
  const run = row.runs[name] as ActionRun;
  const { parameters = {}, targets = {} } = run;
  const [own, ...actors] = await actorsOf(row, context);
  const arns = Object.values(targets).flatMap((target) => row.resolved[target] ?? []);
  const isIn = ({ account }: Actor) => arns.some((arn) => isOf(arn, account));
  return (arns.length === 0 ? [own] : actors.filter(isIn)).map((actor) => ({
    context,
    actor,
    experimentId: id,
    name,
    parameters,
    seconds: readSeconds(parameters['duration'] ?? '') ?? 0,
    arns: (target) => (row.resolved[targets[target] ?? ''] ?? []).filter((arn) => isOf(arn, actor.account)),
  }));
}

const isOf = (arn: string, account: string): boolean => [account, ''].includes(accountOf(arn));

interface Started {
  readonly seconds: number;
  readonly undo: Record<string, object>;
}

/** Begins an action in all of its accounts; what fails in one takes back what it did in others. */
export async function start(actionId: string, calls: readonly ActionCall[]): Promise<Started> {
  const runner = runners[actionId];
  if (runner === undefined)
    throw new ExperimentFailure(
      'ConfigurationFailure',
      `Hakoniwa does not run ${actionId}. See docs/faults.md for the actions that it runs.`,
    );
  const started: Started[] = [];
  for (const call of calls) {
    const effect = await runner.start(call).catch(async (error: unknown) => {
      for (const { undo } of started) await takeBack(actionId, undo, calls);
      throw error;
    });
    const undo = effect.undo === undefined ? {} : { [call.actor.account]: effect.undo };
    started.push({ seconds: effect.seconds, undo });
  }
  return {
    seconds: Math.max(0, ...started.map(({ seconds }) => seconds)),
    undo: Object.assign({}, ...started.map(({ undo }) => undo)) as Started['undo'],
  };
}

export async function takeBack(actionId: string, undo: Started['undo'], calls: readonly ActionCall[]): Promise<void> {
  const runner = runners[actionId];
  for (const call of calls) {
    const own = undo[call.actor.account];
    if (own !== undefined && runner?.end !== undefined) await runner.end(call, own);
  }
}
