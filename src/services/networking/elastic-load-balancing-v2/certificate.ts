// Certificates of secure listeners.
import { AwsError } from '../../../kernel/errors.ts';
import type { Context } from '../../../kernel/service.ts';
import { errors } from './errors.ts';

/** A certificate must be there: in IAM. Differs: one of ACM is taken as it is, as long as ACM is not built. */
export async function checkCertificate({ aws, account }: Pick<Context, 'aws' | 'account'>, arn: string): Promise<void> {
  const [, , service, , owner, resource = ''] = arn.split(':');
  if (service === 'acm' && resource.startsWith('certificate/')) return;
  const name = resource.split('/').at(-1);
  if (service !== 'iam' || owner !== account || !resource.startsWith('server-certificate/') || name === undefined)
    throw errors.certificateNotFound(arn);
  try {
    const as = { service: 'elasticloadbalancing.amazonaws.com' };
    await aws.call('iam', 'GetServerCertificate', { ServerCertificateName: name }, { as });
  } catch (error) {
    throw error instanceof AwsError ? errors.certificateNotFound(arn) : error;
  }
}
