// Images by another name: `resolve:ssm:/golden/web`, with `:version` or `:label`, is the ID that a parameter of Systems Manager holds.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html
import type { GetParameterCommandInput, GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../../../kernel/errors.ts';
import { errors } from './errors.ts';
import type { Ec2Context } from './operation.ts';

const alias = /^resolve:ssm:(.+)$/;

/** Undefined at once for a plain ID, so that nobody waits. The caller must be allowed to read the parameter. */
export function askImage(context: Ec2Context, imageId: string | undefined): Promise<string> | undefined {
  const name = alias.exec(imageId ?? '')?.[1];
  return name === undefined ? undefined : look(context, name);
}

/** Unknown: in which words EC2 refuses a parameter that it can not read, or that holds no image. */
async function look({ aws }: Ec2Context, Name: string): Promise<string> {
  const { Parameter } = await aws
    .call<GetParameterCommandInput, GetParameterCommandOutput>('ssm', 'GetParameter', { Name })
    .catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error;
      throw errors.invalidValue(`The parameter '${Name}' can not be resolved: ${error.message}`);
    });
  const value = Parameter?.Value ?? '';
  if (/^ami-[0-9a-f]+$/.test(value)) return value;
  throw errors.invalidValue(`The parameter '${Name}' does not hold the ID of an image.`);
}
