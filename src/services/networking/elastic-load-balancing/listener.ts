// Listeners: a port with a protocol, and the port and protocol of the instances to which it leads.
import type { Listener } from '@aws-sdk/client-elastic-load-balancing';
import { AwsError } from '../../../kernel/errors.ts';
import { checkCertificate } from '../elastic-load-balancing-v2/certificate.ts';
import { errors } from './errors.ts';
import { getBalancer, getListener, getPolicy } from './find.ts';
import { quotas } from './limits.ts';
import { defaultSecurityPolicy, securityPolicy, withPolicy } from './security-policy.ts';
import type { BalancerRow, ClassicContext, ListenerRow, Operation, PolicyRow, Protocol } from './state.ts';

const protocols: readonly string[] = ['HTTP', 'HTTPS', 'TCP', 'SSL'];
export const isSecure = (protocol: Protocol): boolean => protocol === 'HTTPS' || protocol === 'SSL';
export const isHttp = (protocol: Protocol): boolean => protocol === 'HTTP' || protocol === 'HTTPS';

function readProtocol(text: string): Protocol {
  const name = text.toUpperCase();
  if (!protocols.includes(name)) throw errors.unsupportedProtocol(`Unsupported protocol: ${text}`);
  return name as Protocol;
}

/** Reads a listener as a request gives it. The protocol of the instances is the listener's, without its encryption, when none is given. */
export function readListener(input: Listener): ListenerRow {
  const protocol = readProtocol(input.Protocol ?? '');
  const plain = isHttp(protocol) ? 'HTTP' : 'TCP';
  const instanceProtocol = input.InstanceProtocol ? readProtocol(input.InstanceProtocol) : plain;
  const { LoadBalancerPort: port = 0, InstancePort: instancePort = 0 } = input;
  if (port < 1 || port > 65_535)
    throw errors.validation(`Load balancer port must be between 1 and 65535 inclusive: ${port}`);
  if (isHttp(protocol) !== isHttp(instanceProtocol))
    throw errors.configuration(
      `Listener's Protocol value of ${protocol} and InstanceProtocol value of ${instanceProtocol} must be of the same layer`,
    );
  const certificateArn = input.SSLCertificateId === '' ? undefined : input.SSLCertificateId;
  if (isSecure(protocol) && certificateArn === undefined)
    throw errors.configuration('Secure Listeners need to specify a SSLCertificateId');
  if (!isSecure(protocol) && certificateArn !== undefined)
    throw errors.configuration(`SSLCertificateId is not supported for the protocol ${protocol}`);
  return {
    port,
    protocol,
    instancePort,
    instanceProtocol,
    certificateArn,
    policyNames: isSecure(protocol) ? [defaultSecurityPolicy] : [],
  };
}

/** Certificates must be there, in IAM. */
export async function checkCertificates(context: ClassicContext, listeners: readonly ListenerRow[]): Promise<void> {
  for (const { certificateArn } of listeners)
    if (certificateArn !== undefined) await getCertificate(context, certificateArn);
}

async function getCertificate(context: ClassicContext, arn: string): Promise<void> {
  try {
    await checkCertificate(context, arn);
  } catch (error) {
    throw error instanceof AwsError ? errors.certificateNotFound(arn) : error;
  }
}

const isSame = (a: ListenerRow, b: ListenerRow): boolean =>
  a.protocol === b.protocol &&
  a.instancePort === b.instancePort &&
  a.instanceProtocol === b.instanceProtocol &&
  a.certificateArn === b.certificateArn;

/** The listeners after some were added. One that is there already stays as it is. */
export function joinListeners(
  name: string,
  before: readonly ListenerRow[],
  added: readonly ListenerRow[],
): readonly ListenerRow[] {
  const all = [...before];
  for (const one of added) {
    const there = all.find(({ port }) => port === one.port);
    if (there === undefined) all.push(one);
    else if (!isSame(there, one)) throw errors.duplicateListener(name, one.port);
  }
  for (const a of all)
    if (
      all.some(
        (b) => a.instancePort === b.instancePort && isSecure(a.instanceProtocol) !== isSecure(b.instanceProtocol),
      )
    )
      throw errors.configuration(
        `Listeners with the same InstancePort ${a.instancePort} must all use secure or all use plain instance protocols`,
      );
  if (all.length > quotas['classic-listeners'])
    throw errors.configuration(`Load balancer ${name} cannot have more than ${quotas['classic-listeners']} listeners`);
  return all;
}

/** The policies, with the default security policy when a listener has it. */
export const policiesFor = (policies: readonly PolicyRow[], listeners: readonly ListenerRow[]): readonly PolicyRow[] =>
  listeners.some(({ policyNames }) => policyNames.includes(defaultSecurityPolicy))
    ? withPolicy(policies, securityPolicy(defaultSecurityPolicy))
    : policies;

/** @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_CreateLoadBalancerListeners.html */
export const CreateLoadBalancerListeners: Operation<'CreateLoadBalancerListeners'> = async (input, context) => {
  getBalancer(context, input.LoadBalancerName);
  const added = input.Listeners.map(readListener);
  await checkCertificates(context, added);
  await context.transact(() => {
    const row = getBalancer(context, input.LoadBalancerName);
    const listeners = joinListeners(row.name, row.listeners, added);
    context.state.balancers.put({ ...row, listeners, policies: policiesFor(row.policies, listeners) });
  });
  return {};
};

/** A port without a listener is no error. */
export const DeleteLoadBalancerListeners: Operation<'DeleteLoadBalancerListeners'> = (input, context) => {
  const row = getBalancer(context, input.LoadBalancerName);
  const listeners = row.listeners.filter(({ port }) => !input.LoadBalancerPorts.includes(port));
  context.state.balancers.put({ ...row, listeners });
  return {};
};

const putListener = (context: ClassicContext, row: BalancerRow, changed: ListenerRow): void => {
  const listeners = row.listeners.map((one) => (one.port === changed.port ? changed : one));
  context.state.balancers.put({ ...row, listeners });
};

export const SetLoadBalancerListenerSSLCertificate: Operation<'SetLoadBalancerListenerSSLCertificate'> = async (
  { LoadBalancerName, LoadBalancerPort, SSLCertificateId: certificateArn },
  context,
) => {
  const { protocol } = getListener(getBalancer(context, LoadBalancerName), LoadBalancerPort);
  if (!isSecure(protocol))
    throw errors.configuration(`The listener on port ${LoadBalancerPort} does not use a secure protocol: ${protocol}`);
  await getCertificate(context, certificateArn);
  await context.transact(() => {
    const row = getBalancer(context, LoadBalancerName);
    putListener(context, row, { ...getListener(row, LoadBalancerPort), certificateArn });
  });
  return {};
};

const stickiness = ['AppCookieStickinessPolicyType', 'LBCookieStickinessPolicyType'];

/** Puts policies in place of those that a listener has. */
export const SetLoadBalancerPoliciesOfListener: Operation<'SetLoadBalancerPoliciesOfListener'> = (input, context) => {
  const row = getBalancer(context, input.LoadBalancerName);
  const listener = getListener(row, input.LoadBalancerPort);
  const policies = input.PolicyNames.map((name) => getPolicy(row, name));
  for (const { name, type } of policies) {
    if (stickiness.includes(type) && !isHttp(listener.protocol))
      throw errors.configuration(`The policy ${name} of type ${type} can be enabled only on HTTP and HTTPS listeners`);
    if (type === 'SSLNegotiationPolicyType' && !isSecure(listener.protocol))
      throw errors.configuration(`The policy ${name} of type ${type} can be enabled only on HTTPS and SSL listeners`);
    if (!stickiness.includes(type) && type !== 'SSLNegotiationPolicyType')
      throw errors.configuration(`The policy ${name} of type ${type} cannot be enabled on a listener`);
  }
  if (policies.filter(({ type }) => stickiness.includes(type)).length > 1)
    throw errors.configuration('Only one stickiness policy can be enabled on a listener');
  putListener(context, row, { ...listener, policyNames: policies.map(({ name }) => name) });
  return {};
};
