// Whether an alarm keeps still because a mute rule says so.
import { key } from '../../../kernel/key.ts';
import type { CloudWatchContext } from './state.ts';

/** Rows of `muteTargets` lead from an alarm to the rules that name it. */
export const isMuted = ({ state, clock }: CloudWatchContext, alarm: { readonly name: string }): boolean =>
  state.muteRules.size > 0 &&
  state.muteTargets
    .list({ prefix: key(alarm.name) })
    .some(({ rule }) => (state.muteRules.find(rule)?.until ?? 0) > clock.now());
