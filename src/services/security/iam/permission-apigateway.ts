// API Gateway's actions are HTTP methods, its resources are paths of its API.
// @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-create-and-manage-api.html
import type { Permission } from '../../../kernel/service.ts';
import routes from './apigateway-route.json' with { type: 'json' };

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly region: string;
}

const table: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = routes;

/** Undefined for another service, or an operation with an action of its own (`CreatePortal`). */
export function apiGatewayPermissions(
  { service, operation, input, region }: Call,
  partition: string,
): Permission[] | undefined {
  const operations = Object.hasOwn(table, service) ? table[service] : undefined;
  const route = operations !== undefined && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  const [method = '', template = ''] = route ?? [];
  if (route === undefined || /portal|productpage|productrest|routingrule/i.test(template)) return undefined;
  const members = new Map(Object.entries(typeof input === 'object' && input !== null ? input : {}));
  const path = template
    .split('?', 1)[0]
    ?.replace(/^\/v2(?=\/)/, '')
    .replaceAll(/\{([^}+]+)\+?\}/g, (_, name: string) => String(members.get(name) ?? '*'));
  return [{ action: `apigateway:${method}`, resource: `arn:${partition}:apigateway:${region}::${path}` }];
}
