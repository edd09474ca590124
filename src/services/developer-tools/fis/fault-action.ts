// Actions that are faults of the plan: planned at their start, ended at their end.
import { arnOf } from './arn.ts';
import type { ActionCall, Effect, Runner } from './action-runner.ts';
import type { Injected, Injection, injections } from './injection.ts';

type Planned = Pick<Injection, 'breakages' | 'resources'> & { readonly percentage?: number };

/** A runner that plans faults by an injection, which the experiment's role must be allowed. */
export const faultRunner = (
  operation: keyof typeof injections,
  plan: (call: ActionCall) => Planned | Promise<Planned>,
): Runner => ({
  start: async (call): Promise<Effect> => {
    const { breakages, resources, percentage = 100 } = await plan(call);
    const { context, experimentId, seconds } = call;
    const experimentArn = arnOf(context, 'experiment', experimentId);
    const input: Injection = { experimentArn, breakages, resources, percentage, seconds };
    const { faultIds } = await call.actor.call<Injected>('fis', operation, input);
    return { seconds, undo: { faultIds } };
  },
  end: ({ context }, undo) =>
    context.transact(() => {
      for (const id of (undo as Injected).faultIds) context.parts.faults.end(id);
    }),
});

/** The parameter `percentage`. Default: 100. */
export const percentageOf = ({ parameters }: ActionCall): number => Number(parameters['percentage'] ?? 100);
