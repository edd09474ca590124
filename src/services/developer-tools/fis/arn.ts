// ARNs of what FIS has.
import type { FisContext } from './operation.ts';

type Kind = 'experiment-template' | 'experiment' | 'action' | 'safety-lever';

export const arnOf = ({ partition, region, account }: FisContext, kind: Kind, id: string): string =>
  `arn:${partition}:fis:${region}:${account}:${kind}/${id}`;
