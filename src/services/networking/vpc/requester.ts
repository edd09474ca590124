// Interfaces that AWS services make for themselves in a user's subnets: theirs to change and to delete, the user's to see.
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import type { InterfaceRow } from './state.ts';

/** Service principal → how its interfaces name their requester and the owner of what they are attached to. */
const requesters: Readonly<Record<string, string>> = {
  'elasticloadbalancing.amazonaws.com': 'amazon-elb',
  'rds.amazonaws.com': 'amazon-rds',
  'elasticache.amazonaws.com': 'amazon-elasticache',
  'elasticfilesystem.amazonaws.com': 'amazon-efs',
  'lambda.amazonaws.com': 'amazon-aws',
};

/** To what of its own a service has attached an interface: no instance that the user could see. */
export const serviceAttachment = (
  { ids, clock }: Ec2Context,
  instanceOwnerId: string,
): NonNullable<InterfaceRow['attachment']> => ({
  id: ids.resource('ela-attach'),
  instanceOwnerId,
  deviceIndex: 1,
  networkCardIndex: 0,
  attachedAt: clock.now(),
  deleteOnTermination: false,
});

/** What an interface gets when a service makes it: requester and attachment. Nothing for a user's own. */
export function madeByService(
  context: Ec2Context,
  description: string | undefined,
): Pick<InterfaceRow, 'requester' | 'attachment' | 'owner'> {
  const { caller } = context;
  if (caller.kind !== 'service') return {};
  const id = requesters[caller.arn] ?? 'amazon-aws';
  // "ELB app/web/50dc6c495c0c9188": a node of that load balancer.
  const balancer = /^ELB ((?:app|net|gwy)\/.+|[^/]+)$/.exec(description ?? '')?.[1];
  return {
    requester: { id, managed: true },
    owner: id === 'amazon-elb' && balancer !== undefined ? { kind: 'load-balancer', id: balancer } : undefined,
    attachment: serviceAttachment(context, id),
  };
}

/** True when the caller is the service that made the interface. */
export const isRequester = ({ caller }: Ec2Context, { requester }: InterfaceRow): boolean =>
  caller.kind === 'service' && requester?.id === (requesters[caller.arn] ?? 'amazon-aws');
