// Faults and guests in the hand of a test, in the words of the command line.
import type { Cloud } from '../cloud.ts';
import { addFault, endFault, type FaultTerms, type FaultView, type FaultWords, listFaults } from '../admin/fault.ts';
import { AdminError } from '../admin/answer.ts';
import { behaveGuest, getGuest, type GuestBehaviour, type ShownGuest } from '../admin/guest.ts';

export type { FaultTerms, FaultView, FaultWords } from '../admin/fault.ts';
export type { GuestBehaviour, ShownGuest } from '../admin/guest.ts';

export interface FaultControl {
  /** Breaks something, now or later. @throws when the words make no fault: what to write instead */
  add(fault: FaultWords & FaultTerms): FaultView;
  /** All that were ever planned, oldest first. */
  list(): readonly FaultView[];
  /** Mends it now. @throws when there is no such fault */
  end(id: string): FaultView;
}

/** Says in one sentence what the admin API says in two. */
function plainly<Answer>(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof AdminError) throw new Error(`${error.message} ${error.remedy}`, { cause: error });
    throw error;
  }
}

export const faultControl = (cloud: Cloud): FaultControl => ({
  add: (fault) => plainly(() => addFault(cloud, { ...fault })),
  list: () => listFaults(cloud).faults,
  end: (id) => plainly(() => endFault(cloud, id)),
});

export interface GuestControl {
  /** Who an instance's guest is, how it does, and its console. @throws when the instance never started */
  find(instanceId: string): Promise<ShownGuest & { readonly console: string }>;
  /** Makes it busy, slow or sick from now on; an empty object makes it well again. @throws when the instance never started */
  behave(instanceId: string, behaviour: GuestBehaviour): Promise<ShownGuest>;
}

export const guestControl = (cloud: Cloud): GuestControl => ({
  find: (instanceId) => getGuest(cloud, instanceId),
  behave: (instanceId, behaviour) => behaveGuest(cloud, instanceId, { ...behaviour }),
});
