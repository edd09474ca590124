// ARNs of what FIS has, and the tags by which one knows what an experiment made.
import type { FisContext } from './operation.ts';

type Kind = 'experiment-template' | 'experiment' | 'action' | 'safety-lever';

export const arnOf = ({ partition, region, account }: FisContext, kind: Kind, id: string): string =>
  `arn:${partition}:fis:${region}:${account}:${kind}/${id}`;

/** Tags of what an experiment puts in the place of something else. */
export const fisTags = (context: FisContext, experimentId: string) => [
  { Key: 'managedByFIS', Value: 'true' },
  { Key: 'fisExperiment', Value: arnOf(context, 'experiment', experimentId) },
];
