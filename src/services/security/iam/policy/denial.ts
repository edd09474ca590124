// The words in which AWS tells a denial.
import type { AccessRequest, Decision, PolicyType } from './evaluate.ts';

const names: Readonly<Record<PolicyType, { readonly explicit: string; readonly implicit: string }>> = {
  identity: { explicit: 'an identity-based policy', implicit: 'identity-based policy' },
  resource: { explicit: 'a resource-based policy', implicit: 'resource-based policy' },
  trust: { explicit: 'the role trust policy', implicit: 'role trust policy' },
  boundary: { explicit: 'a permissions boundary', implicit: 'permissions boundary' },
  session: { explicit: 'a session policy', implicit: 'session policy' },
  serviceControl: { explicit: 'a service control policy', implicit: 'service control policy' },
  resourceControl: { explicit: 'a resource control policy', implicit: 'resource control policy' },
  endpoint: { explicit: 'a VPC endpoint policy', implicit: 'VPC endpoint policy' },
};

/**
 * The sentence of an `AccessDenied`: who, what, on what, and which kind of policy is the reason.
 *
 * Differs: since 2026 AWS adds the ARN of the denying policy in some services; here it never stands.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function denialMessage(request: AccessRequest, decision: Decision): string {
  const { action, resource, principal } = request;
  const who = principal.kind === 'anonymous' ? 'anonymous' : principal.arn;
  const head = `User: ${who} is not authorized to perform: ${action} on resource: ${resource}`;
  if (decision.by === undefined) return head;
  const name = names[decision.by];
  return decision.effect === 'explicitDeny'
    ? `${head} with an explicit deny in ${name.explicit}`
    : `${head} because no ${name.implicit} allows the ${action} action`;
}
