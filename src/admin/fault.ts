// /_hakoniwa/faults: what is broken in the cloud, from when, until when.
import { type FaultView, planFault, stopFault, UnclearFault, viewFaults } from '../faults/word.ts';
import { AdminError, badRequest } from './answer.ts';
import type { House } from './house.ts';

export type { FaultTerms, FaultView, FaultWords } from '../faults/word.ts';

export const listFaults = (house: House): { readonly faults: readonly FaultView[] } => ({ faults: viewFaults(house) });

/** `{"kind":"zone","zone":"us-east-1a","for":"30m"}`. */
export function addFault(house: House, body: Readonly<Record<string, unknown>>): FaultView {
  try {
    return planFault(house, body);
  } catch (error) {
    if (!(error instanceof UnclearFault)) throw error;
    throw badRequest(error.message, error.remedy);
  }
}

export function endFault(house: House, id: string): FaultView {
  const fault = stopFault(house, id);
  if (fault === undefined) throw new AdminError(404, 'NoSuchFault', `There is no fault ${id}.`, 'hakoniwa fault list');
  return fault;
}
