// One account's Region as a piece of the topology: rows in, network out, each kind by itself, so that a changed rule costs a look at the
// groups and not at the interfaces.
import { key } from '../../../kernel/key.ts';
import type { Inspectors } from '../../../network/inspector.ts';
import type {
  Endpoint,
  NatGateway,
  NetworkAcl,
  NetworkInterface,
  PrefixList,
  Route,
  RouteTable,
  SecurityGroup,
  Site,
  Subnet,
  TransitGateway,
  Vpc,
  VpnConnection,
} from '../../../network/topology.ts';
import type { Ec2State } from '../../compute/ec2/state.ts';
import { amazonPrefixList, amazonPrefixLists } from './amazon-prefix-list.ts';
import { dropsOf, inspectorsOf } from './inspection.ts';
import { elasticOf } from './network-interface.ts';
import { blockModeOf } from './public-access-mode.ts';
import { type LiveRoute, routesOf, targetKind } from './route.ts';
import { Derived, Shelf } from './sharing.ts';
import { announcedBy, hostsOf, networksOf } from './site.ts';
import type { AclRow, GroupRow, GroupRuleRow, InterfaceRow, RouteTableRow, VpnConnectionRow } from './state.ts';
import { attachmentsOf, transitRoutesOf } from './transit-route.ts';

export interface RegionNetwork {
  readonly vpcs: readonly Vpc[];
  readonly transitGateways: readonly TransitGateway[];
  readonly vpnConnections: readonly VpnConnection[];
  readonly sites: readonly Site[];
  readonly prefixLists: readonly PrefixList[];
}

type Lists<Item> = ReadonlyMap<string, readonly Item[]>;

const nothing: readonly never[] = [];
const inVpc = <Item>(lists: Lists<Item>, vpcId: string): readonly Item[] => lists.get(vpcId) ?? nothing;

const everywhere = 'everywhere';

export class LiveRegion {
  readonly #account: string;
  readonly #region: string;
  readonly #state: Ec2State;
  readonly #whole: Derived<RegionNetwork>;
  readonly #vpcShelf = new Shelf<Vpc>();
  readonly #transitShelf = new Shelf<TransitGateway>();

  constructor(account: string, region: string, state: Ec2State, inspectors: Inspectors) {
    this.#account = account;
    this.#region = region;
    this.#state = state;
    const { subnets, interfaces, routeTables, acls, groups, natGateways, endpoints } = this.#kinds(inspectors);
    const { transit, tunnels, sites, lists } = this.#beyond();
    this.#whole = new Derived([...tablesOf(state), state.endpointServices, inspectors], () => ({
      vpcs: this.#vpcs({
        subnets: subnets.get(),
        interfaces: interfaces.get(),
        routeTables: routeTables.get(),
        acls: acls.get(),
        groups: groups.get(),
        natGateways: natGateways.get(),
        endpoints: endpoints.get(),
      }),
      transitGateways: transit.get(),
      vpnConnections: tunnels.get(),
      sites: sites.get(),
      prefixLists: lists.get(),
    }));
  }

  /** As it is now; the same object as long as nothing changed. */
  get(): RegionNetwork {
    return this.#whole.get();
  }

  /** What lies in VPCs, each kind by VPC. */
  #kinds(inspectors: Inspectors) {
    const state = this.#state;
    const place = { state, region: this.#region };
    return {
      subnets: shelved([state.subnets, ...publicAccessTables(state)], (shelf: Shelf<Subnet>) => {
        for (const row of state.subnets.each()) {
          const publicAccess = blockModeOf(state, row.id, row.vpcId);
          shelf.add(row.vpcId, row.id, [row.zoneId, row.cidr, row.ipv6Cidrs, publicAccess], () => ({
            id: row.id,
            zone: row.zoneId,
            cidr: row.cidr,
            ipv6Cidrs: row.ipv6Cidrs.map(({ cidr }) => cidr),
            publicAccess,
          }));
        }
      }),
      interfaces: shelved(
        [state.interfaces, state.addresses, state.instances, state.tags],
        (shelf: Shelf<NetworkInterface>) => {
          for (const row of state.interfaces.each()) {
            const elastic = elasticOf(place, row.id);
            const up = isUp(row, state);
            const drops = dropsOf(state, row.attachment?.instanceId);
            shelf.add(row.vpcId, row.id, [row, up, drops?.join(), ...elastic], () => ({
              ...makeInterface(row, up, (ip) => elastic.find(({ association }) => association?.privateIp === ip)?.ip),
              drops,
            }));
          }
        },
      ),
      routeTables: shelved(routeSources(state), (shelf: Shelf<RouteTable>) => {
        for (const row of state.routeTables.each()) {
          const live = routesOf(place, row);
          const standing = live.map((route) => `${route.target} ${destinationOf(route)} ${route.state}`).join();
          shelf.add(row.vpcId, row.id, [row, standing], () => makeTable(row, live));
        }
      }),
      acls: shelved([state.acls], (shelf: Shelf<NetworkAcl>) => {
        for (const row of state.acls.each()) shelf.add(row.vpcId, row.id, [row], () => makeAcl(row));
      }),
      groups: shelved([state.groups, state.groupRules, state.groupAssociations], (shelf: Shelf<SecurityGroup>) => {
        for (const row of state.groups.each()) {
          const rules = state.groupRules.index('group').list({ prefix: key(row.id) });
          const made = shelf.add(row.vpcId, row.id, [row, ...rules], () => makeGroup(row, rules));
          for (const other of state.groupAssociations.list({ prefix: key(row.id) }))
            shelf.add(other.vpcId, `${other.vpcId} ${row.id}`, [made], () => made);
        }
      }),
      natGateways: shelved([state.natGateways], (shelf: Shelf<NatGateway>) => {
        for (const row of state.natGateways.each())
          shelf.add(row.vpcId, row.id, [row], () => ({
            id: row.id,
            connectivity: row.connectivity,
            interfaceId: row.interfaceId,
            available: row.state === 'available',
          }));
      }),
      endpoints: shelved([state.endpoints, state.endpointServices, inspectors], (shelf: Shelf<Endpoint>) => {
        for (const row of state.endpoints.each()) {
          const behind = inspectorsOf(state, row, inspectors);
          shelf.add(row.vpcId, row.id, [row, ...behind], () => ({
            id: row.id,
            kind: endpointKinds[row.kind],
            service: row.serviceName,
            available: row.state === 'available',
            interfaceIds: row.interfaceIds,
            prefixListId: amazonPrefixList(this.#region, row.serviceName)?.id,
            policy: row.policy,
            privateNames: row.dnsNames.map(({ name }) => name),
            inspectors: row.kind === 'GatewayLoadBalancer' ? behind : undefined,
          }));
        }
      }),
    };
  }

  /** What joins VPCs with each other and with sites. */
  #beyond() {
    const state = this.#state;
    const all = <Item>(lists: Lists<Item>) => inVpc(lists, everywhere);
    const transit = new Derived(
      [
        state.transitGateways,
        state.transitAttachments,
        state.transitRouteTables,
        state.vpcs,
        state.vpnConnections,
        state.prefixLists,
        state.tags,
      ],
      () => this.#transitGateways(),
    );
    const tunnelShelf = new Shelf<VpnConnection>();
    const tunnels = new Derived([state.vpnConnections, state.tags], () => {
      for (const row of state.vpnConnections.each()) {
        if (row.state === 'deleted' || row.state === 'pending') continue;
        const routes = announcedBy(state, row);
        tunnelShelf.add(everywhere, row.id, [row, routes.join()], () => makeTunnels(row, routes));
      }
      return all(tunnelShelf.done());
    });
    const siteShelf = new Shelf<Site>();
    const sites = new Derived([state.customerGateways, state.vpnConnections, state.tags], () => {
      for (const row of state.customerGateways.each()) {
        const connections = state.vpnConnections.list().filter((one) => one.customerGatewayId === row.id);
        const networks = [...networksOf(state, row.id), ...connections.flatMap(({ routes }) => routes)];
        const cidrs = [...new Set(networks)];
        const hosts = hostsOf(state, row.id);
        siteShelf.add(everywhere, row.id, [cidrs.join(), hosts?.join()], () => ({
          id: row.id,
          name: row.deviceName ?? row.id,
          cidrs,
          hosts,
        }));
      }
      return all(siteShelf.done());
    });
    const listShelf = new Shelf<PrefixList>();
    const lists = new Derived([state.prefixLists], () => {
      for (const row of [...amazonPrefixLists(this.#region), ...state.prefixLists.list()])
        listShelf.add(everywhere, row.id, [row], () => ({
          id: row.id,
          name: row.name,
          cidrs: row.entries.map(({ cidr }) => cidr),
        }));
      return all(listShelf.done());
    });
    return { transit, tunnels, sites, lists };
  }

  #transitGateways(): readonly TransitGateway[] {
    const state = this.#state;
    for (const row of state.transitGateways.each()) {
      if (row.state === 'deleted') continue;
      const attachments = attachmentsOf(state, row.id);
      const tables = state.transitRouteTables
        .index('gateway')
        .list({ prefix: key(row.id) })
        .map((table) => ({ id: table.id, routes: transitRoutesOf(state, table) }));
      const signature = JSON.stringify(tables);
      this.#transitShelf.add(everywhere, row.id, [row, signature, ...attachments], () => ({
        id: row.id,
        region: this.#region,
        groupReferences: row.groupReferences,
        attachments: attachments.map((one) => ({
          id: one.id,
          kind: one.kind,
          resourceId: one.resourceId,
          subnetIds: one.subnetIds,
          available: one.state === 'available' || one.state === 'modifying',
          routeTableId: one.routeTableId,
          groupReferences: one.groupReferences,
        })),
        routeTables: tables.map(({ id, routes }) => ({
          id,
          routes: routes.map(({ cidr, isStatic, attachmentId }) => ({
            destination: cidr,
            origin: isStatic ? 'static' : 'propagated',
            attachmentId,
          })),
        })),
      }));
    }
    return inVpc(this.#transitShelf.done(), everywhere);
  }

  #vpcs(of: {
    subnets: Lists<Subnet>;
    interfaces: Lists<NetworkInterface>;
    routeTables: Lists<RouteTable>;
    acls: Lists<NetworkAcl>;
    groups: Lists<SecurityGroup>;
    natGateways: Lists<NatGateway>;
    endpoints: Lists<Endpoint>;
  }): readonly Vpc[] {
    const state = this.#state;
    for (const row of state.vpcs.each()) {
      const prefix = { prefix: key(row.id) };
      const parts = {
        subnets: inVpc(of.subnets, row.id),
        interfaces: inVpc(of.interfaces, row.id),
        routeTables: inVpc(of.routeTables, row.id),
        acls: inVpc(of.acls, row.id),
        groups: inVpc(of.groups, row.id),
        natGateways: inVpc(of.natGateways, row.id),
        endpoints: inVpc(of.endpoints, row.id),
      };
      const internetGatewayId = state.internetGateways.index('vpc').first(prefix)?.id;
      const vpnGatewayId = state.vpnGateways.index('vpc').first(prefix)?.id;
      const egressOnlyGatewayIds = state.egressOnlyGateways
        .index('vpc')
        .list(prefix)
        .map(({ id }) => id);
      const inputs = [row, internetGatewayId, vpnGatewayId, egressOnlyGatewayIds.join(), ...Object.values(parts)];
      this.#vpcShelf.add(everywhere, row.id, inputs, () => ({
        id: row.id,
        account: this.#account,
        region: this.#region,
        cidrs: row.cidrs.map(({ cidr }) => cidr),
        ipv6Cidrs: row.ipv6Cidrs.map(({ cidr }) => cidr),
        dnsSupport: row.dnsSupport,
        ...parts,
        internetGatewayId,
        vpnGatewayId,
        egressOnlyGatewayIds,
      }));
    }
    return inVpc(this.#vpcShelf.done(), everywhere);
  }
}

const publicAccessTables = (state: Ec2State) => [state.publicAccessBlocks, state.publicAccessExclusions];

/** All that a Region's network is made of. */
const tablesOf = (state: Ec2State) => [
  ...publicAccessTables(state),
  state.instances,
  state.vpcs,
  state.subnets,
  state.groups,
  state.groupRules,
  state.groupAssociations,
  state.acls,
  state.customerGateways,
  state.transitGateways,
  state.transitRouteTables,
  state.tags,
  ...routeSources(state),
];

/** All that decides which routes there are, and which of them work. */
const routeSources = (state: Ec2State) => [
  state.routeTables,
  state.internetGateways,
  state.egressOnlyGateways,
  state.natGateways,
  state.interfaces,
  state.addresses,
  state.endpoints,
  state.peerings,
  state.vpnGateways,
  state.vpnConnections,
  state.transitAttachments,
  state.prefixLists,
  state.carrierGateways,
  state.tags,
];

function shelved<Item>(
  tables: readonly { readonly version: number }[],
  fill: (shelf: Shelf<Item>) => void,
): Derived<Lists<Item>> {
  const shelf = new Shelf<Item>();
  return new Derived(tables, () => {
    fill(shelf);
    return shelf.done();
  });
}

const endpointKinds = {
  Gateway: 'gateway',
  Interface: 'interface',
  GatewayLoadBalancer: 'gateway-load-balancer',
} as const;

/** True while something runs behind an interface. */
const isUp = ({ attachment }: InterfaceRow, state: Ec2State): boolean =>
  attachment !== undefined &&
  (attachment.instanceId === undefined || state.instances.find(attachment.instanceId)?.state === 'running');

const ownerOf = (row: InterfaceRow): NetworkInterface['owner'] => {
  if (row.owner !== undefined) return row.owner;
  if (row.attachment?.instanceId !== undefined) return { kind: 'instance', id: row.attachment.instanceId };
  if (row.requester?.id === 'amazon-elb') return { kind: 'load-balancer', id: row.description.replace(/^ELB /, '') };
  return row.requester === undefined ? { kind: 'none', id: row.id } : { kind: 'service', id: row.requester.id };
};

const makeInterface = (
  row: InterfaceRow,
  up: boolean,
  elasticFor: (ip: string) => string | undefined,
): NetworkInterface => {
  const owner = ownerOf(row);
  return {
    id: row.id,
    subnetId: row.subnetId,
    addresses: row.addresses.map(({ ip, publicIp }) => ({ private: ip, public: elasticFor(ip) ?? publicIp })),
    ipv6: row.ipv6,
    prefixes: row.ipv6Prefixes === undefined ? row.ipv4Prefixes : [...row.ipv4Prefixes, ...row.ipv6Prefixes],
    groupIds: row.groupIds,
    sourceDestCheck: row.sourceDestCheck,
    owner,
    deviceIndex: row.attachment?.instanceId === undefined ? undefined : row.attachment.deviceIndex,
    up,
    answersReturn: row.type === 'network_load_balancer' ? true : undefined,
    tracking: row.tracking,
  };
};

const destinationOf = (route: LiveRoute): string => route.cidr ?? route.ipv6Cidr ?? route.prefixListId ?? '';

const originOf = (route: LiveRoute): Route['origin'] => {
  if (route.learned !== undefined) return route.learned === 'static' ? 'propagated-vpn-static' : 'propagated-vpn-bgp';
  return route.origin === 'CreateRouteTable' && route.target === 'local' ? 'local' : 'static';
};

const makeTable = (row: RouteTableRow, live: readonly LiveRoute[]): RouteTable => ({
  id: row.id,
  main: row.associations.some(({ main }) => main),
  subnetIds: row.associations.flatMap(({ subnetId }) => subnetId ?? []),
  gatewayIds: row.associations.flatMap(({ gatewayId }) => gatewayId ?? []),
  routes: live.map((route) => ({
    destination: destinationOf(route),
    target: { kind: targetKind(route.target), id: route.target },
    origin: originOf(route),
    state: route.state,
  })),
});

const makeAcl = (row: AclRow): NetworkAcl => ({
  id: row.id,
  isDefault: row.isDefault,
  subnetIds: row.associations.map(({ subnetId }) => subnetId),
  entries: row.entries.flatMap(({ cidr, ipv6Cidr, ...entry }) => {
    const block = cidr ?? ipv6Cidr;
    return block === undefined ? [] : [{ ...entry, cidr: block }];
  }),
});

const makeGroup = (row: GroupRow, rules: readonly GroupRuleRow[]): SecurityGroup => ({
  id: row.id,
  name: row.name,
  rules: rules.flatMap((rule) => {
    const peer = peerOf(rule);
    if (peer === undefined) return [];
    const ports = rule.protocol === '-1' ? undefined : { from: rule.fromPort, to: rule.toPort };
    return [{ id: rule.id, egress: rule.egress, protocol: rule.protocol, ports, peer }];
  }),
});

const peerOf = (rule: GroupRuleRow): SecurityGroup['rules'][number]['peer'] | undefined => {
  const cidr = rule.cidr ?? rule.ipv6Cidr;
  if (cidr !== undefined) return { kind: 'cidr', cidr };
  if (rule.prefixListId !== undefined) return { kind: 'prefix-list', id: rule.prefixListId };
  return rule.peerGroup === undefined ? undefined : { kind: 'group', id: rule.peerGroup.id };
};

const makeTunnels = (row: VpnConnectionRow, routes: readonly string[]): VpnConnection => ({
  id: row.id,
  gatewayId: row.vpnGatewayId ?? row.transitGatewayId ?? '',
  siteId: row.customerGatewayId,
  tunnelsUp: row.tunnels.map(({ up }) => up),
  routes,
});
