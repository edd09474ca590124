// Access control lists: canned ones, grants in headers and in XML, and what a grant allows.
//
// A new bucket has them off (ownership `BucketOwnerEnforced`). Where they are on, a grant speaks to IAM as one more statement
// of the resource's policy (`access.ts`), so that one engine decides.
//
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
import { canonicalId } from './account-id.ts';
import { errors } from './errors.ts';

export const permissions = ['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP'] as const;
export type AclPermission = (typeof permissions)[number];

export type Grantee = { readonly id: string } | { readonly uri: string };

export interface Grant {
  readonly grantee: Grantee;
  readonly permission: AclPermission;
}

export const groups = {
  allUsers: 'http://acs.amazonaws.com/groups/global/AllUsers',
  authenticatedUsers: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  logDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
} as const;

/** The EC2 service, as `aws-exec-read` names it. */
const ec2CanonicalId = '6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c';

const full = (id: string): Grant => ({ grantee: { id }, permission: 'FULL_CONTROL' });
const toGroup = (uri: string, permission: AclPermission): Grant => ({ grantee: { uri }, permission });

/** The list that a new bucket or object has when nobody says otherwise. */
export const privateAcl = (ownerAccount: string): readonly Grant[] => [full(canonicalId(ownerAccount))];

export interface AclParties {
  /** Account that will own what the list protects. */
  readonly owner: string;
  /** Account of the bucket. */
  readonly bucketOwner: string;
  readonly of: 'bucket' | 'object';
}

/** The grants of a canned ACL; undefined when there is none of that name. */
export function cannedAcl(name: string, { owner, bucketOwner, of }: AclParties): readonly Grant[] | undefined {
  const own = full(canonicalId(owner));
  switch (name) {
    case 'private':
      return [own];
    case 'public-read':
      return [own, toGroup(groups.allUsers, 'READ')];
    case 'public-read-write':
      return [own, toGroup(groups.allUsers, 'READ'), toGroup(groups.allUsers, 'WRITE')];
    case 'authenticated-read':
      return [own, toGroup(groups.authenticatedUsers, 'READ')];
    case 'aws-exec-read':
      return [own, { grantee: { id: ec2CanonicalId }, permission: 'READ' }];
    case 'log-delivery-write':
      return [own, toGroup(groups.logDelivery, 'WRITE'), toGroup(groups.logDelivery, 'READ_ACP')];
    case 'bucket-owner-read':
      if (of === 'bucket' || owner === bucketOwner) return [own];
      return [own, { grantee: { id: canonicalId(bucketOwner) }, permission: 'READ' }];
    case 'bucket-owner-full-control':
      return of === 'bucket' || owner === bucketOwner ? [own] : [own, full(canonicalId(bucketOwner))];
    default:
      return undefined;
  }
}

const canonicalForm = /^[0-9a-f]{64}$/;
const granteeForm = /^\s*(id|uri|emailAddress)\s*=\s*"?([^"]*)"?\s*$/i;

const makeGrantee = (kind: string, value: string, argument: { id: string; uri: string }): Grantee => {
  switch (kind.toLowerCase()) {
    case 'uri':
      if (!Object.values(groups).some((uri) => uri === value))
        throw errors.invalidArgument('Invalid group uri', argument.uri, value);
      return { uri: value };
    case 'id':
      if (!canonicalForm.test(value)) throw errors.invalidArgument('Invalid id', argument.id, value);
      return { id: value };
    default:
      throw errors.unresolvableGrant();
  }
};

/** Reads one grant header: `id="…", uri="…"`. */
export const readGrantHeader = (name: string, value: string, permission: AclPermission): Grant[] =>
  value.split(',').map((part) => {
    const [, kind, grantee] = granteeForm.exec(part) ?? [];
    if (kind === undefined || grantee === undefined)
      throw errors.invalidArgument('Argument format not recognized', name, value);
    return { grantee: makeGrantee(kind, grantee, { id: 'id', uri: 'uri' }), permission };
  });

export interface AclHeaders {
  readonly ACL?: string | undefined;
  readonly GrantFullControl?: string | undefined;
  readonly GrantRead?: string | undefined;
  readonly GrantReadACP?: string | undefined;
  readonly GrantWrite?: string | undefined;
  readonly GrantWriteACP?: string | undefined;
}

const grantHeaders = [
  ['x-amz-grant-full-control', 'GrantFullControl', 'FULL_CONTROL'],
  ['x-amz-grant-read', 'GrantRead', 'READ'],
  ['x-amz-grant-write', 'GrantWrite', 'WRITE'],
  ['x-amz-grant-read-acp', 'GrantReadACP', 'READ_ACP'],
  ['x-amz-grant-write-acp', 'GrantWriteACP', 'WRITE_ACP'],
] as const satisfies readonly (readonly [string, keyof AclHeaders, AclPermission])[];

/** The grants that the headers of a request ask for; undefined when they ask for none. */
export function readAclHeaders(input: AclHeaders, parties: AclParties): readonly Grant[] | undefined {
  const given: Grant[] = [];
  for (const [name, member, permission] of grantHeaders) {
    const value = input[member];
    if (value !== undefined) given.push(...readGrantHeader(name, value, permission));
  }
  if (input.ACL === undefined) return given.length === 0 ? undefined : given;
  if (given.length > 0) throw errors.invalidRequest('Specifying both Canned ACLs and Header Grants is not allowed');
  const canned = cannedAcl(input.ACL, parties);
  if (canned === undefined) throw errors.invalidArgument('', 'x-amz-acl', input.ACL);
  return canned;
}

interface GrantDocument {
  readonly Grantee?:
    | {
        readonly Type?: string | undefined;
        readonly ID?: string | undefined;
        readonly URI?: string | undefined;
        readonly EmailAddress?: string | undefined;
      }
    | undefined;
  readonly Permission?: string | undefined;
}

const isPermission = (text: string | undefined): text is AclPermission => permissions.some((one) => one === text);

/** Reads the grants of an `AccessControlPolicy` document. */
export function readGrants(grants: readonly GrantDocument[]): readonly Grant[] {
  return grants.map(({ Grantee, Permission }) => {
    if (Grantee === undefined || !isPermission(Permission)) throw errors.malformedAcl();
    const argument = { id: 'CanonicalUser/ID', uri: 'Group/URI' };
    const value = { CanonicalUser: Grantee.ID, Group: Grantee.URI, AmazonCustomerByEmail: Grantee.EmailAddress };
    const kinds = { CanonicalUser: 'id', Group: 'uri', AmazonCustomerByEmail: 'email' };
    const type = Grantee.Type as keyof typeof kinds | undefined;
    if (type === undefined || kinds[type] === undefined || value[type] === undefined) throw errors.malformedAcl();
    return { grantee: makeGrantee(kinds[type], value[type], argument), permission: Permission };
  });
}

/** A grant as the API writes it. */
export const writeGrant = ({ grantee, permission }: Grant) => ({
  Grantee:
    'id' in grantee ? { Type: 'CanonicalUser' as const, ID: grantee.id } : { Type: 'Group' as const, URI: grantee.uri },
  Permission: permission,
});

export const isPublicGrant = ({ grantee }: Grant): boolean =>
  'uri' in grantee && (grantee.uri === groups.allUsers || grantee.uri === groups.authenticatedUsers);

/** True when the list gives everything to the owner and nothing to others: what a bucket without ACLs takes. */
export const isOwnerOnly = (grants: readonly Grant[], ownerAccount: string): boolean =>
  grants.length === 1 &&
  grants.every(
    ({ grantee, permission }) =>
      permission === 'FULL_CONTROL' && 'id' in grantee && grantee.id === canonicalId(ownerAccount),
  );
