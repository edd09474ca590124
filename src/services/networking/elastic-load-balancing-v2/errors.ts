// What Elastic Load Balancing says when it refuses.
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './state.ts';

const { modelled, unmodelled } = errorsOf<Sdk>();
const commonErrors = 'https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html';

export const errors = {
  validation: unmodelled('ValidationError', 400, commonErrors, (text: string) => text),
  configuration: modelled('InvalidConfigurationRequestException', (text: string) => text),

  balancerNotFound: modelled('LoadBalancerNotFoundException', (arn: string) => `Load balancer '${arn}' not found`),
  balancersNotFound: modelled('LoadBalancerNotFoundException', () => 'One or more load balancers not found'),
  listenerNotFound: modelled('ListenerNotFoundException', (arn: string) => `Listener '${arn}' not found`),
  listenersNotFound: modelled('ListenerNotFoundException', () => 'One or more listeners not found'),
  ruleNotFound: modelled('RuleNotFoundException', () => 'One or more rules not found'),
  groupNotFound: modelled('TargetGroupNotFoundException', (arn: string) => `Target group '${arn}' not found`),
  groupsNotFound: modelled('TargetGroupNotFoundException', () => 'One or more target groups not found'),
  trustStoreNotFound: modelled('TrustStoreNotFoundException', (arn: string) => `Trust store '${arn}' not found`),
  resourceNotFound: modelled('ResourceNotFoundException', (arn: string) => `The resource '${arn}' does not exist`),

  duplicateBalancer: modelled(
    'DuplicateLoadBalancerNameException',
    () => 'A load balancer with the same name and different settings exists',
  ),
  duplicateListener: modelled(
    'DuplicateListenerException',
    () => 'A listener already exists on this port for this load balancer',
  ),
  duplicateGroup: modelled(
    'DuplicateTargetGroupNameException',
    () => 'A target group with the same name exists, but with different settings',
  ),
  duplicateTrustStore: modelled(
    'DuplicateTrustStoreNameException',
    (name: string) => `A trust store named '${name}' already exists`,
  ),
  duplicateTagKeys: modelled('DuplicateTagKeysException', () => 'Tag keys must be unique'),
  tooManyTags: modelled(
    'TooManyTagsException',
    () => 'You have reached the maximum number of tags allowed per resource',
  ),
  tooManyBalancers: modelled(
    'TooManyLoadBalancersException',
    () => 'You have reached the maximum number of load balancers',
  ),
  tooManyListeners: modelled(
    'TooManyListenersException',
    () => 'You have reached the maximum number of listeners per load balancer',
  ),
  tooManyRules: modelled(
    'TooManyRulesException',
    () => 'You have reached the maximum number of rules per load balancer',
  ),
  tooManyGroups: modelled('TooManyTargetGroupsException', () => 'You have reached the maximum number of target groups'),
  tooManyTargets: modelled(
    'TooManyTargetsException',
    () => 'You have reached the maximum number of targets per target group',
  ),
  tooManyActions: modelled('TooManyActionsException', () => 'You have reached the maximum number of actions per rule'),
  tooManyCertificates: modelled(
    'TooManyCertificatesException',
    () => 'You have reached the maximum number of certificates per listener',
  ),
  groupAssociations: modelled(
    'TargetGroupAssociationLimitException',
    (arn: string) => `The following target groups cannot be associated with more than one load balancer: ${arn}`,
  ),

  tooManyUniqueGroups: modelled(
    'TooManyUniqueTargetGroupsPerLoadBalancerException',
    () => 'You have reached the maximum number of unique target groups per load balancer',
  ),

  subnetNotFound: modelled('SubnetNotFoundException', (ids: string) => `The subnet ID '${ids}' does not exist`),
  invalidSubnet: modelled('InvalidSubnetException', (text: string) => text),
  invalidGroup: modelled('InvalidSecurityGroupException', (id: string) => `The security group '${id}' does not exist`),
  invalidScheme: modelled('InvalidSchemeException', (text: string) => text),
  allocationNotFound: modelled(
    'AllocationIdNotFoundException',
    (id: string) => `The allocation ID '${id}' does not exist`,
  ),
  invalidTarget: modelled('InvalidTargetException', (text: string) => text),
  invalidAction: modelled('InvalidLoadBalancerActionException', (text: string) => text),
  incompatible: modelled('IncompatibleProtocolsException', (text: string) => text),
  unsupportedProtocol: modelled('UnsupportedProtocolException', (text: string) => text),
  certificateNotFound: modelled('CertificateNotFoundException', (arn: string) => `Certificate '${arn}' not found`),
  policyNotFound: modelled('SSLPolicyNotFoundException', (name: string) => `SSL policy '${name}' not found`),
  alpnNotFound: modelled('ALPNPolicyNotSupportedException', (name: string) => `ALPN policy '${name}' is not supported`),
  priorityInUse: modelled('PriorityInUseException', (priority: number) => `Priority '${priority}' is currently in use`),
  notPermitted: modelled('OperationNotPermittedException', (text: string) => text),
  inUse: modelled('ResourceInUseException', (text: string) => text),
  capacityUnits: modelled('CapacityUnitsLimitExceededException', (text: string) => text),
  capacityDecreases: modelled(
    'CapacityDecreaseRequestsLimitExceededException',
    () => 'The number of capacity decrease requests for today has been exceeded',
  ),
  trustStoreInUse: modelled('TrustStoreInUseException', (arn: string) => `Trust store '${arn}' is in use`),
  bundleNotFound: modelled(
    'CaCertificatesBundleNotFoundException',
    () => 'The specified ca certificate bundle does not exist',
  ),
  invalidBundle: modelled(
    'InvalidCaCertificatesBundleException',
    () => 'The specified ca certificate bundle is not valid',
  ),
} as const;
