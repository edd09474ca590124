// What an AWS API may know of the VPC endpoint that a request came through.
import type { EndpointPassage } from '../kernel/http.ts';
import type { Topology } from './topology.ts';

/** Undefined when there is no such endpoint: the request came over the Internet. */
export function passageThrough(
  topology: Topology,
  vpcId: string | undefined,
  endpointId: string | undefined,
): EndpointPassage | undefined {
  const vpc = vpcId === undefined ? undefined : topology.vpcs.get(vpcId);
  const endpoint = vpc?.endpoints.find(({ id }) => id === endpointId);
  if (vpc === undefined || endpoint === undefined) return undefined;
  const { account, region } = vpc;
  return { endpointId: endpoint.id, vpcId: vpc.id, account, region, policy: endpoint.policy };
}
