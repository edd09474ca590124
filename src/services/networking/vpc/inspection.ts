// What looks at packets on their way: Gateway Load Balancers behind endpoints, and appliances that let not everything through.
import { key } from '../../../kernel/key.ts';
import { findPrefix } from '../../../network/address.ts';
import type { Inspectors } from '../../../network/inspector.ts';
import type { Inspector } from '../../../network/topology.ts';
import type { Ec2State } from '../../compute/ec2/state.ts';
import { taggedWords } from './site.ts';
import type { EndpointRow } from './state.ts';

/** The Gateway Load Balancers behind the service that an endpoint leads to, of whatever account. */
export function inspectorsOf(state: Ec2State, row: EndpointRow, inspectors: Inspectors): readonly Inspector[] {
  if (row.kind !== 'GatewayLoadBalancer') return [];
  const service = state.endpointServices.index('name').first({ prefix: key(row.serviceName) });
  return service?.loadBalancerArns.flatMap((arn) => inspectors.behind(arn) ?? []) ?? [];
}

/** What a simulated appliance stops: networks that its instance's tag `hakoniwa:drop` lists. */
export const dropsOf = (state: Ec2State, instanceId: string | undefined): readonly string[] | undefined =>
  instanceId === undefined
    ? undefined
    : taggedWords(state, instanceId, 'hakoniwa:drop')?.flatMap((word) => findPrefix(word)?.text ?? []);
