// What block public access means for a VPC and for a subnet, exclusions regarded.
import type { Ec2State } from '../../compute/ec2/state.ts';
import type { PublicAccessBlockRow } from './state.ts';

export type BlockMode = PublicAccessBlockRow['mode'];

const ofExclusion = { 'allow-bidirectional': 'off', 'allow-egress': 'block-ingress' } as const;

/** The mode in force for the first of these resources that has an exclusion, else the Region's. */
export function blockModeOf(state: Ec2State, ...resourceIds: readonly string[]): BlockMode {
  const mode = state.publicAccessBlocks.find('region')?.mode ?? 'off';
  if (mode === 'off' || state.publicAccessExclusions.size === 0) return mode;
  const exclusions = state.publicAccessExclusions.list();
  const found = resourceIds
    .map((id) => exclusions.find((row) => row.resourceId === id))
    .find((row) => row !== undefined);
  return found === undefined ? mode : ofExclusion[found.mode];
}
