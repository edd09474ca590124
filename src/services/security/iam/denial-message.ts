// The details of a denial, as `DecodeAuthorizationMessage` gives them.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
import type { Question } from '../../../kernel/authority.ts';
import type { AccessRequest, Decision, MatchedStatement } from './policy/evaluate.ts';

const shownStatement = ({ policy, statement }: MatchedStatement) => ({
  statementId: statement.sid ?? '',
  effect: statement.effect.toUpperCase(),
  sourcePolicyId: policy.id,
  sourcePolicyType: policy.source ?? 'IAM Policy',
});

/** The object whose JSON is the decoded message. */
export function denialDetails(request: AccessRequest, decision: Decision, question: Question) {
  const { principal, permissions } = question;
  const conditions = permissions.find(({ action }) => action === request.action)?.conditions ?? {};
  return {
    allowed: false,
    explicitDeny: decision.effect === 'explicitDeny',
    matchedStatements: { items: decision.matched.map(shownStatement) },
    failures: { items: [] },
    context: {
      principal: { id: principal.userId, name: principal.userName ?? principal.userId, arn: principal.arn },
      action: request.action,
      resource: request.resource,
      conditions: {
        items: Object.entries(conditions).map(([key, value]) => ({
          key,
          values: { items: [value].flat().map((text) => ({ value: text })) },
        })),
      },
    },
  };
}
