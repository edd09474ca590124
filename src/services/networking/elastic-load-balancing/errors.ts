// What Classic Load Balancers say when they refuse.
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './state.ts';

const { modelled, unmodelled } = errorsOf<Sdk>();
const commonErrors = 'https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/CommonErrors.html';

export const errors = {
  validation: unmodelled('ValidationError', 400, commonErrors, (text: string) => text),
  configuration: modelled('InvalidConfigurationRequestException', (text: string) => text),
  balancerNotFound: modelled(
    'AccessPointNotFoundException',
    (name: string) => `There is no ACTIVE Load Balancer named '${name}'`,
  ),
  duplicateBalancer: modelled(
    'DuplicateAccessPointNameException',
    (name: string) => `Load Balancer named ${name} already exists and it is configured with different parameters.`,
  ),
  tooManyBalancers: modelled(
    'TooManyAccessPointsException',
    () => 'Exceeded quota of account for load balancers per Region',
  ),
  duplicateListener: modelled(
    'DuplicateListenerException',
    (name: string, port: number) =>
      `A listener already exists for ${name} with LoadBalancerPort ${port}, but with a different InstancePort, Protocol, or SSLCertificateId`,
  ),
  listenerNotFound: modelled(
    'ListenerNotFoundException',
    (name: string, port: number) => `Load balancer ${name} does not have a listener on port ${port}`,
  ),
  certificateNotFound: modelled(
    'CertificateNotFoundException',
    (arn: string) => `Server Certificate not found for the key: ${arn}`,
  ),
  unsupportedProtocol: modelled('UnsupportedProtocolException', (text: string) => text),
  policyNotFound: modelled(
    'PolicyNotFoundException',
    (policy: string, name: string) => `There is no policy with name ${policy} for load balancer ${name}`,
  ),
  samplePolicyNotFound: modelled(
    'PolicyNotFoundException',
    (policy: string) => `There is no sample policy with name ${policy}`,
  ),
  duplicatePolicy: modelled(
    'DuplicatePolicyNameException',
    (policy: string, name: string) => `A policy with name ${policy} already exists for load balancer ${name}`,
  ),
  tooManyPolicies: modelled(
    'TooManyPoliciesException',
    (name: string) => `Exceeded quota of policies for load balancer ${name}`,
  ),
  policyTypeNotFound: modelled(
    'PolicyTypeNotFoundException',
    (type: string) => `There is no policy type named ${type}`,
  ),
  invalidInstance: modelled('InvalidEndPointException', (id: string) => `Could not find EC2 instance ${id}.`),
  foreignInstance: modelled(
    'InvalidEndPointException',
    (id: string) => `EC2 instance ${id} is not in the same VPC as ELB.`,
  ),
  attributeNotFound: modelled(
    'LoadBalancerAttributeNotFoundException',
    (name: string) => `The load balancer attribute '${name}' does not exist`,
  ),
  invalidSubnet: modelled('InvalidSubnetException', (text: string) => text),
  subnetNotFound: modelled('SubnetNotFoundException', (id: string) => `The subnet ID '${id}' does not exist`),
  invalidScheme: modelled('InvalidSchemeException', (scheme: string) => `Invalid scheme: ${scheme}`),
  tooManyTags: modelled('TooManyTagsException', () => 'The maximum number of tags per load balancer has been reached'),
  duplicateTagKeys: modelled('DuplicateTagKeysException', () => 'Tag keys must be unique'),
} as const;
