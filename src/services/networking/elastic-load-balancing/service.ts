// Table of contents of Elastic Load Balancing: Classic Load Balancers.
import { defineService, operationsIn } from '../../../kernel/service.ts';
import * as attributes from './attribute.ts';
import { balancerMetrics } from './balancer-metric.ts';
import { door, receiver } from './door.ts';
import { checkInstances, senseInstances } from './health-checker.ts';
import * as health from './instance-health.ts';
import { instanceChanged } from './instance-life.ts';
import * as instances from './instance.ts';
import * as listeners from './listener.ts';
import * as balancers from './load-balancer.ts';
import * as policyTypes from './policy-type.ts';
import * as policies from './policy.ts';
import { classicTables } from './state.ts';
import { deliverLog } from './request-log.ts';
import * as groups from './security-group.ts';
import * as subnets from './subnet.ts';
import * as tags from './tag.ts';

export default defineService({
  name: 'elastic-load-balancing',
  state: classicTables,
  operations: operationsIn(
    balancers,
    listeners,
    policies,
    policyTypes,
    instances,
    health,
    groups,
    subnets,
    attributes,
    tags,
  ),
  metrics: balancerMetrics,
  door,
  receiver,
  jobs: { instanceDrained: instances.instanceDrained, checkInstances, deliverLog },
  senses: { checkInstances: senseInstances },
  listens: { 'ec2.InstanceStateChanged': instanceChanged },
});
