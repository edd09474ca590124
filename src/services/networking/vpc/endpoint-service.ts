// Endpoint services: what one offers to others through PrivateLink, and the list of all that can be used.
import type { ServiceConfiguration, ServiceDetail } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { getOwnService } from './endpoint-connection.ts';
import { endpointDomain, type OfferedService, offeredServices } from './endpoint-service-find.ts';
import type { EndpointServiceRow } from './state.ts';

function showService(row: EndpointServiceRow, context: Ec2Context): ServiceConfiguration {
  const isGateway = row.kind === 'GatewayLoadBalancer';
  const dns = row.privateDns;
  return {
    ServiceId: row.id,
    ServiceName: row.serviceName,
    ServiceType: [{ ServiceType: row.kind }],
    ServiceState: 'Available',
    AvailabilityZones: [...row.zones],
    AcceptanceRequired: row.acceptanceRequired,
    ManagesVpcEndpoints: false,
    NetworkLoadBalancerArns: isGateway ? undefined : [...row.loadBalancerArns],
    GatewayLoadBalancerArns: isGateway ? [...row.loadBalancerArns] : undefined,
    SupportedIpAddressTypes: [...row.ipAddressTypes],
    BaseEndpointDnsNames: [endpointDomain({ name: row.serviceName, region: row.region })],
    PrivateDnsName: dns?.name,
    PrivateDnsNameConfiguration:
      dns === undefined ? {} : { State: dns.state, Type: 'TXT', Value: dns.value, Name: dns.record },
    PayerResponsibility: row.payer,
    SupportedRegions: row.supportedRegions.map((region) => ({ Region: region, ServiceState: 'Available' })),
    RemoteAccessEnabled: row.supportedRegions.some((region) => region !== row.region),
    Tags: tagsOf(context, row.id),
  };
}

/** The zones in which load balancers have nodes; each must be a network, or a gateway load balancer, that is there. */
function zonesOfBalancers({ state }: Ec2Context, arns: readonly string[], kind: EndpointServiceRow['kind']): string[] {
  const path = kind === 'Interface' ? 'net/' : 'gwy/';
  const zones = arns.flatMap((arn) => {
    const name = arn.split(':loadbalancer/')[1] ?? '';
    const nodes = state.interfaces.list().filter(({ description }) => description === `ELB ${name}`);
    if (name.startsWith(path) && nodes.length > 0) return nodes.map(({ zone }) => zone);
    throw errors.invalidParameter(
      `The load balancer ${arn} does not exist, or is of a type that the service does not take.`,
    );
  });
  return [...new Set(zones)].sort();
}

/** A name of one's own must be shown to be one's own, by a TXT record of this name and value. */
const privateName = ({ ids }: Ec2Context, name: string): EndpointServiceRow['privateDns'] => ({
  name,
  state: 'pendingVerification',
  value: `vpce:${ids.token(20)}`,
  record: `_${ids.hex(13)}`,
});

function readIpTypes(given: readonly string[] | undefined): EndpointServiceRow['ipAddressTypes'] {
  if (given === undefined || given.length === 0) return ['ipv4'];
  return given.map((one) => {
    if (one === 'ipv4' || one === 'ipv6') return one;
    throw errors.invalidParameter(`The IP address type ${one} is not valid.`);
  });
}

/**
 * Offers what stands behind network or gateway load balancers to others.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpointServiceConfiguration.html
 */
export const CreateVpcEndpointServiceConfiguration: Operation<'CreateVpcEndpointServiceConfiguration'> = (
  input,
  context,
) => {
  const { state, ids, region, account } = context;
  const [networks, gateways] = [input.NetworkLoadBalancerArns ?? [], input.GatewayLoadBalancerArns ?? []];
  if (networks.length + gateways.length === 0) throw errors.missingParameter('NetworkLoadBalancerArns');
  if (networks.length > 0 && gateways.length > 0)
    throw errors.combination('Network and Gateway Load Balancers cannot be specified together.');
  const kind = networks.length > 0 ? 'Interface' : 'GatewayLoadBalancer';
  const id = ids.resource('vpce-svc');
  const row: EndpointServiceRow = {
    id,
    account,
    region,
    serviceName: `com.amazonaws.vpce.${region}.${id}`,
    kind,
    acceptanceRequired: input.AcceptanceRequired ?? true,
    loadBalancerArns: [...networks, ...gateways],
    zones: zonesOfBalancers(context, [...networks, ...gateways], kind),
    ipAddressTypes: readIpTypes(input.SupportedIpAddressTypes),
    privateDns: input.PrivateDnsName === undefined ? undefined : privateName(context, input.PrivateDnsName),
    principals: [],
    supportedRegions: [...new Set([region, ...(input.SupportedRegions ?? [])])],
  };
  state.endpointServices.put(row);
  tagNew(context, kinds.vpcEndpointService, id, input.TagSpecifications);
  return { ServiceConfiguration: showService(row, context), ClientToken: input.ClientToken };
};

const changed = <Item>(before: readonly Item[], added: readonly Item[] = [], removed: readonly Item[] = []): Item[] => [
  ...new Set([...before.filter((one) => !removed.includes(one)), ...added]),
];

export const ModifyVpcEndpointServiceConfiguration: Operation<'ModifyVpcEndpointServiceConfiguration'> = (
  input,
  context,
) => {
  const row = getOwnService(context, input.ServiceId);
  if (input.PrivateDnsName !== undefined && input.RemovePrivateDnsName === true)
    throw errors.combination('PrivateDnsName and RemovePrivateDnsName cannot be specified together.');
  const isGateway = row.kind === 'GatewayLoadBalancer';
  const loadBalancerArns = isGateway
    ? changed(row.loadBalancerArns, input.AddGatewayLoadBalancerArns, input.RemoveGatewayLoadBalancerArns)
    : changed(row.loadBalancerArns, input.AddNetworkLoadBalancerArns, input.RemoveNetworkLoadBalancerArns);
  if (loadBalancerArns.length === 0) throw errors.invalidParameter('A service needs at least one load balancer.');
  const privateDns =
    input.RemovePrivateDnsName === true
      ? undefined
      : input.PrivateDnsName === undefined || input.PrivateDnsName === row.privateDns?.name
        ? row.privateDns
        : privateName(context, input.PrivateDnsName);
  const types = changed<string>(
    row.ipAddressTypes,
    input.AddSupportedIpAddressTypes,
    input.RemoveSupportedIpAddressTypes,
  );
  context.state.endpointServices.put({
    ...row,
    loadBalancerArns,
    zones: zonesOfBalancers(context, loadBalancerArns, row.kind),
    acceptanceRequired: input.AcceptanceRequired ?? row.acceptanceRequired,
    privateDns,
    ipAddressTypes: readIpTypes(types),
    supportedRegions: changed(row.supportedRegions, input.AddSupportedRegions, input.RemoveSupportedRegions),
  });
  return { Return: true };
};

/** Says that the TXT record is there. Differs: nobody looks; who asks is believed. */
export const StartVpcEndpointServicePrivateDnsVerification: Operation<
  'StartVpcEndpointServicePrivateDnsVerification'
> = ({ ServiceId }, context) => {
  const row = getOwnService(context, ServiceId);
  if (row.privateDns === undefined)
    throw errors.invalidParameter(`The service ${row.id} has no private DNS name to verify.`);
  context.state.endpointServices.put({ ...row, privateDns: { ...row.privateDns, state: 'verified' } });
  return { ReturnValue: true };
};

export const ModifyVpcEndpointServicePayerResponsibility: Operation<'ModifyVpcEndpointServicePayerResponsibility'> = (
  input,
  context,
) => {
  const row = getOwnService(context, input.ServiceId);
  context.state.endpointServices.put({ ...row, payer: input.PayerResponsibility });
  return { ReturnValue: true };
};

/** Limit: only when no endpoint is there any more; those that are rejected do not count. */
export const DeleteVpcEndpointServiceConfigurations: Operation<'DeleteVpcEndpointServiceConfigurations'> = (
  { ServiceIds },
  context,
) => {
  const { state } = context;
  const failures = ServiceIds.flatMap((id) => {
    const row = state.endpointServices.find(id);
    if (row === undefined || row.account !== context.account || row.region !== context.region)
      return [
        { id, code: 'InvalidVpcEndpointService.NotFound', message: `The VpcEndpointService Id '${id}' does not exist` },
      ];
    const used = state.endpointConnections.list({ prefix: key(id) }).some((one) => one.state !== 'rejected');
    if (used)
      return [
        {
          id,
          code: 'ExistingVpcEndpointConnections',
          message: `The VpcEndpointService Id '${id}' has existing active VPC Endpoint connections!`,
        },
      ];
    state.endpointServices.delete(id);
    state.endpointConnections.deleteAll({ prefix: key(id) });
    dropTags(context, id);
    return [];
  });
  return {
    Unsuccessful: failures.map(({ id, code, message }) => ({
      ResourceId: id,
      Error: { Code: code, Message: message },
    })),
  };
};

export const DescribeVpcEndpointServiceConfigurations: Operation<'DescribeVpcEndpointServiceConfigurations'> = (
  input,
  context,
) => {
  const { state, account, region } = context;
  const { rows, NextToken } = list(input, context, {
    rows: state.endpointServices.index('place').list({ prefix: key(account, region) }),
    id: (row) => row.id,
    ids: input.ServiceIds,
    kind: kinds.vpcEndpointService,
    least: 1,
    filters: {
      'service-id': (row) => row.id,
      'service-name': (row) => row.serviceName,
      'service-state': () => 'Available',
      'supported-ip-address-types': (row) => row.ipAddressTypes,
    },
  });
  return { ServiceConfigurations: rows.map((row) => showService(row, context)), NextToken };
};

// ── who may use it ──

const principalType = (arn: string) =>
  arn === '*'
    ? 'All'
    : arn.includes(':role/')
      ? 'Role'
      : arn.includes(':user/')
        ? 'User'
        : arn.endsWith(':root')
          ? 'Account'
          : 'Service';

export const ModifyVpcEndpointServicePermissions: Operation<'ModifyVpcEndpointServicePermissions'> = (
  input,
  context,
) => {
  const row = getOwnService(context, input.ServiceId);
  const wrong = (input.AddAllowedPrincipals ?? []).find(
    (arn) =>
      arn !== '*' &&
      !/^arn:[^:]+:iam::\d{12}:(?:root|user\/.+|role\/.+)$/.test(arn) &&
      !/^[a-z.-]+\.amazonaws\.com$/.test(arn),
  );
  if (wrong !== undefined) throw errors.other('InvalidPrincipal', `Invalid Principal: '${wrong}'`);
  const known = new Set(row.principals.map(({ arn }) => arn));
  const added = (input.AddAllowedPrincipals ?? [])
    .filter((arn) => !known.has(arn))
    .map((arn) => ({ arn, permissionId: context.ids.resource('vpce-svc-perm') }));
  const gone = input.RemoveAllowedPrincipals ?? [];
  const principals = [...row.principals.filter(({ arn }) => !gone.includes(arn)), ...added];
  context.state.endpointServices.put({ ...row, principals });
  const AddedPrincipals = added.map(({ arn, permissionId }) => ({
    PrincipalType: principalType(arn) as 'All',
    Principal: arn,
    ServicePermissionId: permissionId,
    ServiceId: row.id,
  }));
  return { AddedPrincipals, ReturnValue: true };
};

export const DescribeVpcEndpointServicePermissions: Operation<'DescribeVpcEndpointServicePermissions'> = (
  input,
  context,
) => {
  const row = getOwnService(context, input.ServiceId);
  const { rows, NextToken } = list(input, context, {
    rows: row.principals,
    id: ({ permissionId }) => permissionId,
    least: 1,
    filters: { principal: ({ arn }) => arn, 'principal-type': ({ arn }) => principalType(arn) },
  });
  const AllowedPrincipals = rows.map(({ arn, permissionId }) => ({
    PrincipalType: principalType(arn) as 'All',
    Principal: arn,
    ServicePermissionId: permissionId,
    ServiceId: row.id,
    Tags: [],
  }));
  return { AllowedPrincipals, NextToken };
};

// ── all services ──

const showDetail = (
  service: OfferedService,
  type: OfferedService['types'][number],
  context: Ec2Context,
): ServiceDetail => ({
  ServiceName: service.name,
  ServiceId: service.id,
  ServiceType: [{ ServiceType: type }],
  ServiceRegion: service.region,
  AvailabilityZones: [...service.zones],
  Owner: service.owner,
  BaseEndpointDnsNames: [
    type === 'Gateway' && service.owner === 'amazon'
      ? endpointDomain(service).replace('.vpce.', '.')
      : endpointDomain(service),
  ],
  PrivateDnsName: type === 'Gateway' ? undefined : service.privateNames[0],
  PrivateDnsNames: type === 'Gateway' ? undefined : service.privateNames.map((name) => ({ PrivateDnsName: name })),
  PrivateDnsNameVerificationState:
    service.row?.privateDns?.state ?? (service.owner === 'amazon' ? 'verified' : undefined),
  VpcEndpointPolicySupported: service.hasPolicy,
  AcceptanceRequired: service.row?.acceptanceRequired ?? false,
  ManagesVpcEndpoints: false,
  PayerResponsibility: service.row?.payer,
  SupportedIpAddressTypes: service.row === undefined ? ['ipv4'] : [...service.row.ipAddressTypes],
  Tags: service.row !== undefined && service.owner === context.account ? tagsOf(context, service.id) : [],
});

/** All services that endpoints can lead to; one that has both kinds of endpoints is listed twice. */
export const DescribeVpcEndpointServices: Operation<'DescribeVpcEndpointServices'> = (input, context) => {
  const regions = input.ServiceRegions ?? [context.region];
  const offered = regions.flatMap((region) => offeredServices(context, region));
  const unknown = input.ServiceNames?.find((name) => !offered.some((service) => service.name === name));
  if (unknown !== undefined)
    throw errors.other('InvalidServiceName', `The Vpc Endpoint Service '${unknown}' does not exist`);
  const wanted = input.ServiceNames;
  const details = offered
    .filter(({ name }) => wanted === undefined || wanted.length === 0 || wanted.includes(name))
    .flatMap((service) => service.types.map((type) => showDetail(service, type, context)));
  const { rows, NextToken } = list(input, context, {
    rows: details,
    id: (one) => `${one.ServiceName}/${one.ServiceType?.[0]?.ServiceType}`,
    least: 1,
    filters: {
      owner: (one) => one.Owner,
      'service-name': (one) => one.ServiceName,
      'service-region': (one) => one.ServiceRegion,
      'service-type': (one) => one.ServiceType?.[0]?.ServiceType,
      'supported-ip-address-types': (one) => one.SupportedIpAddressTypes,
    },
    tags: (one) => one.Tags ?? [],
  });
  const names = [...new Set(rows.flatMap(({ ServiceName }) => ServiceName ?? []))];
  return { ServiceNames: names, ServiceDetails: rows, NextToken };
};
