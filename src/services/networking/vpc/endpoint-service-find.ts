// Which services endpoints can lead to: AWS's own in the Region, and those of others that let one in.
import { key } from '../../../kernel/key.ts';
import { findRegion, partitionOf, zonesOf } from '../../../kernel/region.ts';
import { errors } from '../../compute/ec2/errors.ts';
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import { awsEndpointServices } from './endpoint-catalog.ts';
import type { EndpointRow, EndpointServiceRow } from './state.ts';

export interface OfferedService {
  readonly name: string;
  readonly id: string;
  readonly owner: string;
  readonly region: string;
  readonly types: readonly EndpointRow['kind'][];
  /** Zone names. */
  readonly zones: readonly string[];
  readonly privateNames: readonly string[];
  readonly hasPolicy: boolean;
  /** Of somebody's own service. */
  readonly row?: EndpointServiceRow | undefined;
}

const zonesIn = ({ account }: Ec2Context, region: string): string[] =>
  zonesOf(region, account).flatMap((zone) => (zone.kind === 'availability-zone' ? [zone.name] : []));

/** True when a service's owner lets this account in; the owner himself always may. */
export function mayUse({ account, partition, caller }: Ec2Context, row: EndpointServiceRow): boolean {
  if (row.account === account) return true;
  const own = [`arn:${partition}:iam::${account}:root`, caller.arn, account, '*'];
  return row.principals.some(({ arn }) => own.includes(arn));
}

const offeredBy = (row: EndpointServiceRow): OfferedService => ({
  name: row.serviceName,
  id: row.id,
  owner: row.account,
  region: row.region,
  types: [row.kind],
  zones: row.zones,
  privateNames: row.privateDns === undefined ? [] : [row.privateDns.name],
  hasPolicy: false,
  row,
});

/** All that this account may use in a Region. */
export function offeredServices(context: Ec2Context, region: string = context.region): OfferedService[] {
  if (findRegion(region) === undefined) throw errors.invalidValue(`Invalid region name: ${region}`);
  const zones = zonesIn(context, region);
  const ofAws = awsEndpointServices(region).map(
    (service): OfferedService => ({
      name: service.name,
      id: service.id,
      owner: 'amazon',
      region,
      types: service.types,
      zones,
      privateNames: service.privateNames,
      hasPolicy: service.policies,
    }),
  );
  const others = context.state.endpointServices
    .list()
    .filter((row) => row.region === region && mayUse(context, row))
    .map(offeredBy);
  return [...ofAws, ...others];
}

/** The service of a name. @throws InvalidServiceName, also for one that does not let this account in */
export function getOffered(context: Ec2Context, name: string, region: string): OfferedService {
  const own = context.state.endpointServices.index('name').first({ prefix: key(name) });
  if (own !== undefined && own.region === region && mayUse(context, own)) return offeredBy(own);
  const found = awsEndpointServices(region).find((service) => service.name === name);
  if (found === undefined)
    throw errors.other('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`);
  return {
    name,
    id: found.id,
    owner: 'amazon',
    region,
    types: found.types,
    zones: zonesIn(context, region),
    privateNames: found.privateNames,
    hasPolicy: found.policies,
  };
}

/** `lambda.us-east-1.vpce.amazonaws.com`, `vpce-svc-0123.us-east-1.vpce.amazonaws.com`. */
export function endpointDomain({ name, region }: Pick<OfferedService, 'name' | 'region'>): string {
  const { dnsSuffix } = partitionOf(region);
  const short = name.slice(name.indexOf(`.${region}.`) + region.length + 2);
  return `${short}.${region}.vpce.${dnsSuffix}`;
}
