// Checks a policy document that a request brings, and says what AWS says.
import { errors } from './errors.ts';
import { managedPolicySize, trustPolicySize } from './limits.ts';
import { checkIdentityPolicy, checkTrustPolicy, PolicyFault, policySize } from './policy/grammar.ts';
import { compilePolicy } from './policy/document.ts';
import { JsonSyntaxError } from './policy/json.ts';
import { type IamContext, lower } from './state.ts';

/** Runs a check of the grammar; its faults become `MalformedPolicyDocument`. */
export function inGrammar(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof PolicyFault) throw errors.malformed(error.message);
    if (error instanceof JsonSyntaxError) throw errors.malformed('Syntax errors in policy.');
    throw error;
  }
}

export const checkInlineDocument = (document: string): void =>
  inGrammar(() => {
    checkIdentityPolicy(document);
    compilePolicy(document);
  });

export function checkManagedDocument(document: string): void {
  if (policySize(document) > managedPolicySize) throw errors.quota('PolicySize', managedPolicySize);
  checkInlineDocument(document);
}

const principalForm = /^arn:[a-z0-9-]+:iam::(\d{12}):(user|role)\/(?:.*\/)?([^/]+)$/;

/**
 * A trust policy may name only users and roles that exist.
 *
 * Differs: of other accounts AWS asks too; here they are taken as they come, since a local cloud seldom holds all accounts.
 */
function checkPrincipals(document: string, { state, account }: IamContext): void {
  const policy = compilePolicy(document);
  for (const { principals } of [...policy.allows, ...policy.denies])
    for (const text of principals?.aws ?? []) {
      const [, owner, kind, name = ''] = principalForm.exec(text) ?? [];
      if (owner !== account) continue;
      const arn = (kind === 'user' ? state.users.find(lower(name)) : state.roles.find(lower(name)))?.arn;
      if (arn !== text) throw errors.malformed(`Invalid principal in policy: "AWS":"${text}"`);
    }
}

export function checkTrustDocument(document: string, context: IamContext): void {
  if (policySize(document) > trustPolicySize) throw errors.quota('ACLSizePerRole', trustPolicySize);
  inGrammar(() => {
    checkTrustPolicy(document);
    compilePolicy(document);
  });
  checkPrincipals(document, context);
}
