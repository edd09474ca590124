// Resource policies as text: JSON of a bearable size.
import { errors } from './errors.ts';
import { resourcePolicyMaxBytes } from './limits.ts';

/** The text of a policy, when it can be one. */
export function checkPolicy(text: string): string {
  if (Buffer.byteLength(text) > resourcePolicyMaxBytes) {
    throw errors.limitExceeded(
      `Subscriber limit exceeded: Resource policy size exceeds the limit of ${resourcePolicyMaxBytes} bytes`,
    );
  }
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    policy = undefined;
  }
  if (policy === null || typeof policy !== 'object' || !('Statement' in policy))
    throw errors.validation('Invalid policy document: Policy document is not valid JSON or has no Statement');
  return text;
}
