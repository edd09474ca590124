// Asking IAM for the instance profile that a request names.
import type { IamInstanceProfileSpecification } from '@aws-sdk/client-ec2';
import type { GetInstanceProfileCommandInput, GetInstanceProfileCommandOutput } from '@aws-sdk/client-iam';
import { AwsError } from '../../../kernel/errors.ts';
import { errors } from './errors.ts';
import type { ProfileAssociation } from './instance-state.ts';
import type { Ec2Context } from './operation.ts';

/** What IAM knows of a profile. */
export type FoundProfile = Pick<ProfileAssociation, 'arn' | 'id'>;

/** The name in an ARN, whatever path stands before it. */
const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** Undefined at once when no profile is named, so that nobody waits. */
export function askProfile(
  context: Ec2Context,
  wanted: IamInstanceProfileSpecification | undefined,
): Promise<FoundProfile> | undefined {
  if (wanted === undefined || (wanted.Arn === undefined && wanted.Name === undefined)) return undefined;
  return look(context, wanted);
}

async function look({ aws }: Ec2Context, wanted: IamInstanceProfileSpecification): Promise<FoundProfile> {
  const { Arn, Name } = wanted;
  if (Arn !== undefined && Name !== undefined) {
    throw errors.combination(
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    );
  }
  const refused =
    Name !== undefined
      ? errors.valueOf(Name, 'iamInstanceProfile.name', 'Invalid IAM Instance Profile name')
      : errors.valueOf(Arn, 'iamInstanceProfile.arn', 'Invalid IAM Instance Profile ARN');
  try {
    const { InstanceProfile } = await aws.call<GetInstanceProfileCommandInput, GetInstanceProfileCommandOutput>(
      'iam',
      'GetInstanceProfile',
      { InstanceProfileName: Name ?? nameIn(Arn ?? '') },
      { as: { service: 'ec2.amazonaws.com' } },
    );
    const { Arn: arn = '', InstanceProfileId: id = '' } = InstanceProfile ?? {};
    if (Arn !== undefined && arn !== Arn) throw refused;
    return { arn, id };
  } catch (error) {
    if (error instanceof AwsError && error !== refused) throw refused;
    throw error;
  }
}

/** By the name or ARN that was asked for. */
export type FoundProfiles = Readonly<Record<string, FoundProfile>>;

/** Asks for several; undefined at once when there are none. */
export function askProfiles(
  context: Ec2Context,
  wanted: readonly IamInstanceProfileSpecification[],
): Promise<FoundProfiles> | undefined {
  const named = new Map(wanted.map((one) => [one.Arn ?? one.Name ?? '', one]));
  named.delete('');
  if (named.size === 0) return undefined;
  return Promise.all([...named].map(async ([name, one]) => [name, await look(context, one)] as const)).then((found) =>
    Object.fromEntries(found),
  );
}
