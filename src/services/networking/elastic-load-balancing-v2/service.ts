// Table of contents of Elastic Load Balancing version 2: application, network and gateway load balancers.
import { defineService, operationsIn } from '../../../kernel/service.ts';
import { balancerMetrics } from './balancer-metric.ts';
import { door, receiver } from './door.ts';
import { checkTargets, senseTargets } from './health-checker.ts';
import * as listeners from './listener.ts';
import * as balancers from './load-balancer.ts';
import * as settings from './load-balancer-setting.ts';
import { tendFlows } from './network-flow.ts';
import * as rules from './rule.ts';
import * as policies from './ssl-policy.ts';
import { pourLoad } from './simulated-load.ts';
import { elbTables } from './state.ts';
import { instanceChanged } from './target-life.ts';
import { deliverLog } from './request-log.ts';
import * as tags from './tag.ts';
import * as groups from './target-group.ts';
import * as targets from './target.ts';
import * as trustStores from './trust-store.ts';

export default defineService({
  name: 'elastic-load-balancing-v2',
  state: elbTables,
  operations: operationsIn(balancers, settings, listeners, rules, groups, targets, tags, policies, trustStores),
  metrics: balancerMetrics,
  door,
  receiver,
  jobs: {
    balancerReady: balancers.balancerReady,
    targetDrained: targets.targetDrained,
    checkTargets,
    deliverLog,
    pourLoad,
    tendFlows,
  },
  senses: { checkTargets: senseTargets },
  listens: { 'ec2.InstanceStateChanged': instanceChanged },
});
