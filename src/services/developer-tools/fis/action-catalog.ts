// The actions that AWS has, with their targets and parameters. Whether an action does anything here is said by `action-runner.ts`.
// @see https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
import { longestAction, shortestAction } from './limits.ts';

export interface ParameterSpec {
  readonly description: string;
  readonly required?: true;
  /** Seconds that a duration may have. */
  readonly seconds?: readonly [least: number, most: number];
  /** All values that it may have. */
  readonly values?: readonly string[];
  /** A whole number in a range. */
  readonly range?: readonly [least: number, most: number];
}

export interface CatalogAction {
  readonly description: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** The action's name for a target → its resource type. */
  readonly targets: Readonly<Record<string, string>>;
}

const minute = shortestAction;
const halfDay = longestAction;

const duration: ParameterSpec = {
  description: 'The duration of the action, from one minute to 12 hours (ISO 8601).',
  required: true,
  seconds: [minute, halfDay],
};

const percentage = (what: string): ParameterSpec => ({ description: what, required: true, range: [1, 100] });

const instances = { Instances: 'aws:ec2:instance' };
const roles = { Roles: 'aws:iam:role' };
const subnets = { Subnets: 'aws:ec2:subnet' };

const apiFault = (what: string): CatalogAction => ({
  description: `Cause an AWS service to return ${what} responses for specific callers and operations.`,
  targets: roles,
  parameters: {
    duration,
    service: { description: 'The target AWS API namespace.', required: true, values: ['ec2', 'kinesis'] },
    operations: { description: 'The operations to inject the fault into, separated by commas.', required: true },
    percentage: percentage('The percentage of calls to inject the fault into.'),
  },
});

const noCapacity = (whose: string, targets: CatalogAction['targets']): CatalogAction => ({
  description: `Cause ${whose} to receive insufficient instance capacity errors.`,
  targets,
  parameters: {
    duration,
    availabilityZoneIdentifiers: {
      description: 'The Availability Zones, by name or ID, separated by commas.',
      required: true,
    },
    percentage: { description: 'The percentage of launches to inject the fault into. Default: 100.', range: [1, 100] },
  },
});

export const actions: Readonly<Record<string, CatalogAction>> = {
  'aws:arc:start-zonal-autoshift': {
    description: 'Shift traffic for supported resources away from an Availability Zone.',
    targets: { ManagedResources: 'aws:arc:zonal-shift-managed-resource' },
    parameters: {
      duration,
      availabilityZoneIdentifier: { description: 'The zone that traffic moves away from.', required: true },
      managedResourceTypes: { description: 'The resource types, separated by commas.', required: true },
      zonalAutoshiftStatus: { description: 'ENABLED, DISABLED or ANY.' },
    },
  },
  'aws:cloudwatch:assert-alarm-state': {
    description: 'Assert that the CloudWatch alarms are in the expected states.',
    targets: {},
    parameters: {
      alarmArns: { description: 'The ARNs of the alarms, separated by commas. Up to five.', required: true },
      alarmStates: {
        description: 'The alarm states, separated by commas: OK, ALARM, INSUFFICIENT_DATA.',
        required: true,
      },
    },
  },
  'aws:ebs:pause-volume-io': {
    description: 'Pause I/O for a set of EBS volumes.',
    targets: { Volumes: 'aws:ec2:ebs-volume' },
    parameters: { duration: { ...duration, seconds: [1, halfDay] } },
  },
  'aws:ec2:api-insufficient-instance-capacity-error': noCapacity('specific callers of EC2', roles),
  'aws:ec2:asg-insufficient-instance-capacity-error': noCapacity('Auto Scaling groups', {
    AutoScalingGroups: 'aws:ec2:autoscaling-group',
  }),
  'aws:ec2:reboot-instances': {
    description: 'Reboot the specified EC2 instances.',
    targets: instances,
    parameters: {},
  },
  'aws:ec2:send-spot-instance-interruptions': {
    description: 'Interrupt the specified EC2 Spot Instances.',
    targets: { SpotInstances: 'aws:ec2:spot-instance' },
    parameters: {
      durationBeforeInterruption: {
        description: 'The time to wait before the interruption, from two to 15 minutes.',
        required: true,
        seconds: [2 * minute, 15 * minute],
      },
    },
  },
  'aws:ec2:stop-instances': {
    description: 'Stop the specified EC2 instances.',
    targets: instances,
    parameters: {
      startInstancesAfterDuration: {
        description: 'The time to wait before the instances are started, from one minute to 12 hours.',
        seconds: [minute, halfDay],
      },
      completeIfInstancesTerminated: {
        description: 'Whether the action completes when the instances are terminated meanwhile.',
        values: ['true', 'false'],
      },
    },
  },
  'aws:ec2:terminate-instances': {
    description: 'Terminate the specified EC2 instances.',
    targets: instances,
    parameters: {},
  },
  'aws:fis:inject-api-internal-error': apiFault('internal error'),
  'aws:fis:inject-api-throttle-error': apiFault('throttled'),
  'aws:fis:inject-api-unavailable-error': apiFault('unavailable error'),
  'aws:fis:wait': {
    description: 'Wait for the specified duration. Stop condition monitoring will continue during this time.',
    targets: {},
    parameters: { duration },
  },
  'aws:network:disrupt-connectivity': {
    description: 'Deny the specified traffic to subnets by temporarily replacing their network ACLs.',
    targets: subnets,
    parameters: {
      duration,
      scope: {
        description: 'The type of traffic to deny.',
        required: true,
        values: ['all', 'availability-zone', 'dynamodb', 'prefix-list', 's3', 'vpc'],
      },
      prefixListIdentifier: { description: 'With the scope prefix-list: its ID, name or ARN.' },
    },
  },
  'aws:network:route-table-disrupt-cross-region-connectivity': {
    description: 'Block traffic from the target subnets to the specified Region.',
    targets: subnets,
    parameters: { duration, region: { description: 'The Region to be isolated from.', required: true } },
  },
  'aws:network:transit-gateway-disrupt-cross-region-connectivity': {
    description: 'Block traffic of the transit gateway’s peering attachments to the specified Region.',
    targets: { TransitGateways: 'aws:ec2:transit-gateway' },
    parameters: { duration, region: { description: 'The Region to be isolated from.', required: true } },
  },
  'aws:rds:failover-db-cluster': {
    description: 'Fail over a DB cluster.',
    targets: { Clusters: 'aws:rds:cluster' },
    parameters: {},
  },
  'aws:rds:reboot-db-instances': {
    description: 'Reboot the specified DB instances.',
    targets: { DBInstances: 'aws:rds:db' },
    parameters: { forceFailover: { description: 'Whether to fail over to the standby.', values: ['true', 'false'] } },
  },
  'aws:ssm:send-command': {
    description: 'Run a Systems Manager command on the specified EC2 instances.',
    targets: instances,
    parameters: {
      documentArn: { description: 'The ARN of the document.', required: true },
      documentParameters: { description: 'The parameters of the document, as JSON.' },
      documentVersion: { description: 'The version of the document.' },
      duration,
    },
  },
};
