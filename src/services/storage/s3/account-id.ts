// The canonical ID of an account: 64 hexadecimal digits by which ACLs and listings name an owner.
import { createHash } from 'node:crypto';

const known = new Map<string, string>();

/** The same for an account in every cloud, so that a policy or ACL written down stays true. */
export function canonicalId(account: string): string {
  const found = known.get(account);
  if (found !== undefined) return found;
  const made = createHash('sha256').update(`canonical user of ${account}`).digest('hex');
  known.set(account, made);
  return made;
}
