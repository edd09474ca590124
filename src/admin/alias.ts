// Paths that tools made for other local clouds call before and between tests.
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import { stopwatchMs } from '../kernel/clock.ts';
import { version } from '../kernel/version.ts';
import { json } from './answer.ts';
import type { House, ServiceLine } from './house.ts';

/** Names of LocalStack's for services that the SDK names otherwise. */
const otherNames: Readonly<Record<string, string>> = {
  'api-gateway': 'apigateway',
  'auto-scaling': 'autoscaling',
  'cloudwatch-logs': 'logs',
  'cost-explorer': 'ce',
  'dynamodb-streams': 'dynamodbstreams',
  'elastic-load-balancing': 'elb',
  'elastic-load-balancing-v2': 'elbv2',
  eventbridge: 'events',
  'kinesis-analytics': 'kinesisanalytics',
  'kinesis-analytics-v2': 'kinesisanalyticsv2',
  'resource-groups-tagging-api': 'resourcegroupstaggingapi',
  'route-53': 'route53',
  's3-control': 's3control',
  'secrets-manager': 'secretsmanager',
  sfn: 'stepfunctions',
};

const isBuilt = ({ operations }: ServiceLine): boolean => operations.length > 0;

async function health(house: House): Promise<object> {
  const services = (await house.services()).filter(isBuilt);
  return {
    services: Object.fromEntries(services.map(({ name }) => [otherNames[name] ?? name, 'running'])),
    edition: 'hakoniwa',
    version,
  };
}

const info = (house: House): object => ({
  version,
  edition: 'hakoniwa',
  is_license_activated: false,
  session_id: house.seed,
  machine_id: 'hakoniwa',
  system: `${process.platform} ${process.arch}`,
  is_docker: false,
  server_time_utc: new Date(house.clock.realNow()).toISOString().slice(0, 19),
  uptime: Math.round((stopwatchMs() - house.startedMs) / 1000),
});

const stages = { BOOT: true, START: true, READY: true, SHUTDOWN: false };

/** Answers a path of another local cloud; undefined when there is no such path. */
export async function answerAlias(
  { method }: HttpRequest,
  path: string,
  query: URLSearchParams,
  house: House,
): Promise<HttpResponse | undefined> {
  const reads = method === 'GET' || method === 'HEAD';
  if (reads && path === '/health') return json({ status: 'running', version });
  if (reads && path === '/_localstack/health') return json(await health(house));
  if (reads && path === '/_localstack/info') return json(info(house));
  if (reads && path === '/_localstack/init') return json({ completed: stages, scripts: [] });
  const stage = /^\/_localstack\/init\/(boot|start|ready|shutdown)$/.exec(path)?.[1];
  if (reads && stage !== undefined) return json({ completed: stage !== 'shutdown', scripts: [] });
  if (method === 'POST' && (path === '/_localstack/state/reset' || path === '/moto-api/reset')) {
    await house.reset();
    return json({ status: 'ok' });
  }
  // Accepted without effect: what takes time here takes it on the cloud's clock, which `/_hakoniwa/clock` moves.
  if (path === '/moto-api/state-manager/set-transition' || path === '/moto-api/state-manager/unset-transition')
    return method === 'POST' ? json({ message: 'The clock of the cloud decides on transitions.' }, 201) : undefined;
  if (reads && path === '/moto-api/state-manager/get-transition')
    return json({ model_name: query.get('model_name'), progression: 'time' });
  return undefined;
}
