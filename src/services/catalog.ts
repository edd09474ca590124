// All services: shelf, folder, loader. A service is loaded at its first call. One without a loader is known by its API model only: each
// of its operations answers NotImplemented.
import type { ReceiverKind } from '../kernel/receiver.ts';
import type { AnyService } from '../kernel/service.ts';
import { loadParts, type PartName } from '../parts.ts';

export interface CatalogEntry {
  /** The shelf under `src/services/`. */
  readonly shelf: string;
  readonly load?: (() => Promise<{ readonly default: unknown }>) | undefined;
  /** Facts of other services that this one wants to hear. */
  readonly listens?: readonly string[];
  /** Parts of the cloud that it asks for. */
  readonly uses?: readonly PartName[];
  /** Namespaces whose standard metrics it knows. */
  readonly metrics?: readonly string[];
  /** Host names, without port, of what its users built. */
  readonly door?: RegExp;
  /** What traffic it takes. */
  readonly receives?: ReceiverKind;
}

/** Both services of Elastic Load Balancing are asked about such a name. */
const loadBalancerName =
  /\.elb(?:\.[a-z]{2,}(?:-[a-z]+)+-\d)?\.(?:localhost|localhost\.localstack\.cloud|amazonaws\.com(?:\.cn)?)$/;

export const catalog: Readonly<Record<string, CatalogEntry>> = {
  ec2: {
    shelf: 'compute',
    load: () => import('./compute/ec2/service.ts'),
    uses: ['network', 'guests', 'flowLogs'],
    listens: ['faults.Began', 'cloudwatch.AlarmAction', 'fis.SpotInterruption'],
    metrics: ['AWS/EC2', 'AWS/NATGateway', 'AWS/TransitGateway', 'AWS/VPN', 'AWS/PrivateLinkEndpoints'],
  },
  ebs: { shelf: 'compute', load: () => import('./compute/ebs/service.ts'), metrics: ['AWS/EBS'] },
  'auto-scaling': {
    shelf: 'compute',
    load: () => import('./compute/auto-scaling/service.ts'),
    listens: [
      'ec2.InstanceStateChanged',
      'ec2.SpotInterruptionWarning',
      'elb.TargetHealthChanged',
      'elb.InstanceHealthChanged',
      'cloudwatch.AlarmStateChanged',
      'cloudwatch.AlarmAction',
      'cloudwatch.AlarmActionsRepeated',
    ],
    metrics: ['AWS/AutoScaling'],
  },
  ecs: { shelf: 'compute' },
  eks: { shelf: 'compute' },
  ecr: { shelf: 'compute' },
  lambda: { shelf: 'compute' },
  'elastic-beanstalk': { shelf: 'compute' },
  savingsplans: { shelf: 'compute' },

  'direct-connect': { shelf: 'networking' },
  cloudfront: { shelf: 'networking' },
  'route-53': { shelf: 'networking' },
  'route-53-domains': { shelf: 'networking' },
  route53resolver: { shelf: 'networking' },
  'elastic-load-balancing': {
    shelf: 'networking',
    load: () => import('./networking/elastic-load-balancing/service.ts'),
    uses: ['network', 'guests', 'traffic', 'meter'],
    listens: ['ec2.InstanceStateChanged'],
    door: loadBalancerName,
    receives: 'load-balancer',
    metrics: ['AWS/ELB'],
  },
  'elastic-load-balancing-v2': {
    shelf: 'networking',
    load: () => import('./networking/elastic-load-balancing-v2/service.ts'),
    uses: ['network', 'guests', 'traffic', 'meter', 'load'],
    listens: ['ec2.InstanceStateChanged'],
    door: loadBalancerName,
    receives: 'load-balancer',
    metrics: ['AWS/ApplicationELB', 'AWS/NetworkELB', 'AWS/GatewayELB'],
  },
  'api-gateway': { shelf: 'networking' },
  apigatewayv2: { shelf: 'networking' },
  'arc-zonal-shift': { shelf: 'networking' },

  efs: { shelf: 'storage' },
  fsx: { shelf: 'storage' },
  s3: { shelf: 'storage', load: () => import('./storage/s3/service.ts'), uses: ['meter'], metrics: ['AWS/S3'] },
  's3-control': { shelf: 'storage', load: () => import('./storage/s3-control/service.ts') },
  glacier: { shelf: 'storage' },
  'storage-gateway': { shelf: 'storage' },

  rds: { shelf: 'database' },
  'rds-data': { shelf: 'database' },
  dynamodb: {
    shelf: 'database',
    load: () => import('./database/dynamodb/service.ts'),
    uses: ['meter'],
    metrics: ['AWS/DynamoDB'],
  },
  'dynamodb-streams': { shelf: 'database', load: () => import('./database/dynamodb/streams-service.ts') },
  dax: { shelf: 'database' },
  elasticache: { shelf: 'database' },
  neptune: { shelf: 'database' },
  neptunedata: { shelf: 'database' },
  docdb: { shelf: 'database' },
  keyspaces: { shelf: 'database' },
  'timestream-write': { shelf: 'database' },
  'timestream-query': { shelf: 'database' },
  qldb: { shelf: 'database' },
  'qldb-session': { shelf: 'database' },

  iam: { shelf: 'security', load: () => import('./security/iam/service.ts') },
  sts: {
    shelf: 'security',
    load: () => import('./security/sts/service.ts'),
    door: /\.tokens\.sts\.global\.(?:api\.aws|localhost)$/,
  },
  kms: { shelf: 'security' },
  'cloudhsm-v2': { shelf: 'security' },
  acm: { shelf: 'security' },
  accessanalyzer: { shelf: 'security' },
  'secrets-manager': { shelf: 'security' },
  organizations: { shelf: 'security' },

  sqs: {
    shelf: 'integration',
    load: () => import('./integration/sqs/service.ts'),
    uses: ['meter'],
    metrics: ['AWS/SQS'],
  },
  sns: { shelf: 'integration' },
  ses: { shelf: 'integration' },
  sesv2: { shelf: 'integration' },
  swf: { shelf: 'integration' },
  sfn: { shelf: 'integration' },
  eventbridge: { shelf: 'integration' },
  scheduler: { shelf: 'integration' },

  codecommit: { shelf: 'developer-tools' },
  codebuild: { shelf: 'developer-tools' },
  codedeploy: { shelf: 'developer-tools' },
  codepipeline: { shelf: 'developer-tools' },
  cloudformation: { shelf: 'developer-tools' },
  cloudcontrol: { shelf: 'developer-tools' },
  fis: {
    shelf: 'developer-tools',
    load: () => import('./developer-tools/fis/service.ts'),
    listens: ['cloudwatch.AlarmStateChanged'],
  },

  redshift: { shelf: 'analytics' },
  'redshift-data': { shelf: 'analytics' },
  emr: { shelf: 'analytics' },
  kinesis: { shelf: 'analytics' },
  firehose: { shelf: 'analytics' },
  'kinesis-video': { shelf: 'analytics' },
  'kinesis-video-media': { shelf: 'analytics' },
  'kinesis-video-archived-media': { shelf: 'analytics' },
  'kinesis-analytics': { shelf: 'analytics' },
  'kinesis-analytics-v2': { shelf: 'analytics' },
  'data-pipeline': { shelf: 'analytics' },
  glue: { shelf: 'analytics' },
  athena: { shelf: 'analytics' },
  quicksight: { shelf: 'analytics' },

  'application-auto-scaling': {
    shelf: 'management',
    load: () => import('./management/application-auto-scaling/service.ts'),
    listens: ['cloudwatch.AlarmAction', 'cloudwatch.AlarmActionsRepeated'],
  },
  cloudwatch: { shelf: 'management', load: () => import('./management/cloudwatch/service.ts') },
  'cloudwatch-logs': { shelf: 'management' },
  cloudtrail: { shelf: 'management' },
  'service-quotas': { shelf: 'management', load: () => import('./management/service-quotas/service.ts') },
  pricing: { shelf: 'management' },
  'cost-explorer': { shelf: 'management' },
  wellarchitected: { shelf: 'management' },
  ssm: { shelf: 'management', load: () => import('./management/ssm/service.ts') },
  'resource-groups-tagging-api': { shelf: 'management' },
  opsworks: { shelf: 'management' },
  opsworkscm: { shelf: 'management' },
};

const loaded = new Map<string, Promise<AnyService> | AnyService>();

/** The service, loaded once per process; undefined when nothing of it is built. A promise only the first time. */
export function loadService(name: string): AnyService | Promise<AnyService> | undefined {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const entry = catalog[name];
  if (entry?.load === undefined) return undefined;
  const loading = Promise.all([entry.load(), loadParts(entry.uses ?? [])]).then(([module]) => {
    const service = module.default as AnyService;
    loaded.set(name, service);
    return service;
  });
  loaded.set(name, loading);
  return loading;
}

const listeners = new Map<string, string[]>();
for (const [name, { listens }] of Object.entries(catalog))
  for (const fact of listens ?? []) listeners.set(fact, [...(listeners.get(fact) ?? []), name]);

/** Services that listen to a fact. */
export const listenersOf = (fact: string): readonly string[] => listeners.get(fact) ?? [];

/** Namespace → the service that knows its standard metrics. */
export const metricServices: ReadonlyMap<string, string> = new Map(
  Object.entries(catalog).flatMap(([name, { metrics = [] }]) => metrics.map((namespace) => [namespace, name] as const)),
);

const doors = Object.entries(catalog).flatMap(([name, { door }]) => (door === undefined ? [] : [{ name, door }]));
const noDoors: readonly string[] = [];
const doorsByHost = new Map<string, readonly string[]>();

/** Services whose users' sites have names. */
export const doorServices: readonly string[] = doors.map(({ name }) => name);

/** Services to ask about a request for this host, before any API is. */
export function doorsOf(host: string | undefined): readonly string[] {
  if (host === undefined || host.length > 300) return noDoors;
  let found = doorsByHost.get(host);
  if (found === undefined) {
    const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
    found = doors.filter(({ door }) => door.test(name)).map((entry) => entry.name);
    if (doorsByHost.size > 1_000) doorsByHost.clear();
    doorsByHost.set(host, found);
  }
  return found;
}

const receivers = new Map<ReceiverKind, string[]>();
for (const [name, { receives }] of Object.entries(catalog))
  if (receives !== undefined) receivers.set(receives, [...(receivers.get(receives) ?? []), name]);

/** Services that take traffic of a kind. */
export const receiversOf = (kind: ReceiverKind): readonly string[] => receivers.get(kind) ?? [];
