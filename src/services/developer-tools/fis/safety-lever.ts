// The safety lever: engaged, it stops all experiments of the account in the Region, and lets none start.
// @see https://docs.aws.amazon.com/fis/latest/userguide/safety-lever.html
import { arnOf } from './arn.ts';
import { errors } from './errors.ts';
import type { FisContext } from './operation.ts';
import { stopExperiment } from './run.ts';
import type { LeverRow } from './state.ts';

const disengaged: LeverRow = { id: 'default', status: 'disengaged', reason: 'Safety lever is disengaged.' };

export const isEngaged = ({ state }: FisContext): boolean => state.levers.find('default')?.status === 'engaged';

function getLever({ state }: FisContext, id: string): LeverRow {
  if (id !== 'default') throw errors.noLever(id);
  return state.levers.find('default') ?? disengaged;
}

const show = ({ id, status, reason }: LeverRow, context: FisContext) => ({
  safetyLever: { id, arn: arnOf(context, 'safety-lever', id), state: { status, reason } },
});

export const GetSafetyLever = ({ id }: { readonly id: string }, context: FisContext) =>
  show(getLever(context, id), context);

interface Change {
  readonly id: string;
  readonly state: { readonly status: LeverRow['status']; readonly reason: string };
}

export const UpdateSafetyLeverState = ({ id, state: wanted }: Change, context: FisContext) => {
  getLever(context, id);
  const row: LeverRow = { id: 'default', status: wanted.status, reason: wanted.reason };
  context.state.levers.put(row);
  if (row.status === 'engaged')
    for (const experiment of context.state.experiments.index('live').list())
      if (experiment.status !== 'stopping')
        stopExperiment(context, experiment, {
          reason: 'Experiment stopped by safety lever.',
          code: 'PreconditionFailure',
        });
  return show(row, context);
};
