// A trace in the words of Reachability Analyzer: components that a packet passes, and why it goes no further.
import type { AnalysisPacketHeader, AnalysisRouteTableRoute, Explanation, PathComponent } from '@aws-sdk/client-ec2';
import type { Component, Explanation as Reason } from '../../../network/explanation.ts';
import { hasPorts, type Packet } from '../../../network/flow.ts';
import type { AclEntry, GroupRule, PortRange, RouteTarget, Topology } from '../../../network/topology.ts';
import type { Path } from '../../../network/trace.ts';
import type { Hop, Step } from '../../../network/walk.ts';

/** Who owns the components that are shown. */
export interface Owner {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

const arnTypes: Partial<Record<Component['kind'], string>> = {
  'nat-gateway': 'natgateway',
  'vpc-peering-connection': 'vpc-peering-connection',
};

const shownAs = ({ partition, region, account }: Owner, type: string, id: string) => ({
  Id: id,
  Arn: `arn:${partition}:ec2:${region}:${account}:${type}/${id}`,
});

/** The part of a topology that answers need: names and rules by ID. */
export class Wording {
  readonly #topology: Topology;
  readonly #owner: Owner;

  constructor(topology: Topology, owner: Owner) {
    this.#topology = topology;
    this.#owner = owner;
  }

  #ownerOf(vpcId: string | undefined): Owner {
    const vpc = this.#topology.vpcs.get(vpcId ?? '');
    return vpc === undefined ? this.#owner : { ...this.#owner, region: vpc.region, account: vpc.account };
  }

  component({ kind, id }: Component, vpcId?: string) {
    if (kind === 'gateway-load-balancer') return { Id: id.slice(id.indexOf('gwy/')), Arn: id };
    return shownAs(this.#ownerOf(vpcId), arnTypes[kind] ?? kind, id);
  }

  #named(kind: Component['kind'], id: string | undefined, vpcId?: string) {
    return id === undefined || id === '' ? undefined : this.component({ kind, id }, vpcId);
  }

  #rule(vpcId: string | undefined, groupId: string | undefined, ruleId: string | undefined): GroupRule | undefined {
    const group = this.#topology.vpcs.get(vpcId ?? '')?.groups.find(({ id }) => id === groupId);
    return group?.rules.find(({ id }) => id === ruleId);
  }

  #entry(vpcId: string | undefined, aclId: string, number: number, egress: boolean): AclEntry | undefined {
    const acl = this.#topology.vpcs.get(vpcId ?? '')?.acls.find(({ id }) => id === aclId);
    return acl?.entries.find((entry) => entry.number === number && entry.egress === egress);
  }

  /** The parts that one direction of a flow passes, in order. */
  components(path: Path): PathComponent[] {
    const shown: PathComponent[] = [];
    for (const [at, hop] of path.hops.entries()) {
      const next = path.hops[at + 1];
      if (hop.component.kind !== 'subnet' && hop.component.kind !== 'internet') shown.push(this.#stay(hop, next));
      for (const step of hop.steps) {
        const part = this.#step(hop, step);
        if (part !== undefined) shown.push(part);
      }
    }
    return shown.map((part, at) => ({ SequenceNumber: at + 1, ...part }));
  }

  #stay(hop: Hop, next: Hop | undefined): PathComponent {
    const { component, vpcId, subnetId } = hop;
    const route = hop.steps.find((step) => step.kind === 'route');
    return {
      Component: this.component(component, vpcId),
      AttachedTo: this.#behind(component, vpcId),
      InboundHeader: headerOf(hop.packet),
      OutboundHeader: next === undefined ? undefined : headerOf(next.packet),
      Vpc: this.#named('vpc', vpcId),
      Subnet: this.#named('subnet', subnetId, vpcId),
      RouteTableRoute: route?.kind === 'route' ? showRoute(route.destination, route.target, route.origin) : undefined,
    };
  }

  /** The instance that an interface belongs to. */
  #behind({ kind, id }: Component, vpcId: string | undefined) {
    if (kind !== 'network-interface') return undefined;
    const nic = this.#topology.vpcs.get(vpcId ?? '')?.interfaces.find((one) => one.id === id);
    return nic?.owner.kind === 'instance' ? this.component({ kind: 'instance', id: nic.owner.id }, vpcId) : undefined;
  }

  #step({ vpcId, subnetId }: Hop, step: Step): PathComponent | undefined {
    const where = { Vpc: this.#named('vpc', vpcId), Subnet: this.#named('subnet', subnetId, vpcId) };
    if (step.kind === 'security-group' && step.groupId !== undefined) {
      const rule = this.#rule(vpcId, step.groupId, step.ruleId);
      return {
        ...where,
        Component: this.#named('security-group', step.groupId, vpcId),
        SecurityGroupRule: rule === undefined ? undefined : showRule(rule, step.groupId),
      };
    }
    if (step.kind === 'network-acl') {
      const entry = this.#entry(vpcId, step.aclId, step.rule, step.direction === 'egress');
      return {
        ...where,
        Component: this.#named('network-acl', step.aclId, vpcId),
        AclRule: entry === undefined ? undefined : showEntry(entry),
      };
    }
    if (step.kind === 'transit-route') {
      return {
        Component: this.#named('transit-gateway-route-table', step.tableId),
        TransitGatewayRouteTableRoute: {
          DestinationCidr: step.destination,
          AttachmentId: step.attachmentId,
          State: 'active',
        },
      };
    }
    return undefined;
  }

  /** Why a packet was dropped, in AWS's members. */
  explanation(reason: Reason, packet: Packet): Explanation {
    const { component, direction, vpcId, subnetId, interfaceId, groupIds, aclRule } = reason;
    const shown = this.component(component, vpcId);
    const entry = aclRule === undefined ? undefined : this.#entry(vpcId, component.id, aclRule, direction === 'egress');
    return {
      ExplanationCode: reason.code,
      Direction: direction,
      Vpc: this.#named('vpc', vpcId),
      Subnet: this.#named('subnet', subnetId, vpcId),
      NetworkInterface:
        component.kind === 'network-interface' ? shown : this.#named('network-interface', interfaceId, vpcId),
      SecurityGroups: groupIds?.map((id) => this.component({ kind: 'security-group', id }, vpcId)),
      Acl: component.kind === 'network-acl' ? shown : undefined,
      AclRule: entry === undefined ? undefined : showEntry(entry),
      RouteTable: component.kind === 'route-table' ? shown : undefined,
      InternetGateway: component.kind === 'internet-gateway' ? shown : undefined,
      NatGateway: component.kind === 'nat-gateway' ? shown : undefined,
      VpcEndpoint: component.kind === 'vpc-endpoint' ? shown : undefined,
      LoadBalancerArn: component.kind === 'gateway-load-balancer' ? component.id : undefined,
      VpcPeeringConnection: component.kind === 'vpc-peering-connection' ? shown : undefined,
      VpnGateway: component.kind === 'vpn-gateway' ? shown : undefined,
      VpnConnection: component.kind === 'vpn-connection' ? shown : undefined,
      TransitGateway: component.kind === 'transit-gateway' ? shown : undefined,
      TransitGatewayAttachment: component.kind === 'transit-gateway-attachment' ? shown : undefined,
      TransitGatewayRouteTable: component.kind === 'transit-gateway-route-table' ? shown : undefined,
      Component: shown,
      Address: packet.destination.text,
      Port: hasPorts(packet.protocol) ? packet.destinationPort : undefined,
      RouteTableRoute:
        reason.routeDestination === undefined
          ? undefined
          : { DestinationCidr: reason.routeDestination, State: 'blackhole' },
    };
  }
}

const headerOf = (packet: Packet): AnalysisPacketHeader => ({
  Protocol: String(packet.protocol),
  SourceAddresses: [`${packet.source.text}/${packet.source.family === 4 ? 32 : 128}`],
  DestinationAddresses: [`${packet.destination.text}/${packet.destination.family === 4 ? 32 : 128}`],
  ...(hasPorts(packet.protocol)
    ? {
        SourcePortRanges: [{ From: packet.sourcePort, To: packet.sourcePort }],
        DestinationPortRanges: [{ From: packet.destinationPort, To: packet.destinationPort }],
      }
    : {}),
});

const range = (ports: PortRange | undefined) => (ports === undefined ? undefined : { From: ports.from, To: ports.to });

const showRule = (rule: GroupRule, groupId: string) => ({
  Cidr: rule.peer.kind === 'cidr' ? rule.peer.cidr : undefined,
  PrefixListId: rule.peer.kind === 'prefix-list' ? rule.peer.id : undefined,
  SecurityGroupId: rule.peer.kind === 'group' ? rule.peer.id : groupId,
  Direction: rule.egress ? 'egress' : 'ingress',
  Protocol: rule.protocol === '-1' ? 'all' : rule.protocol,
  PortRange: range(rule.ports),
});

const showEntry = (entry: AclEntry) => ({
  Cidr: entry.cidr,
  Egress: entry.egress,
  Protocol: entry.protocol === '-1' ? 'all' : entry.protocol,
  PortRange: range(entry.ports),
  RuleAction: entry.allow ? 'allow' : 'deny',
  RuleNumber: entry.number,
});

function showRoute(destination: string, { kind, id }: RouteTarget, origin: string): AnalysisRouteTableRoute {
  const gateways: RouteTarget['kind'][] = ['local', 'internet-gateway', 'vpn-gateway', 'vpc-endpoint'];
  const isList = !destination.includes('/');
  return {
    DestinationCidr: isList ? undefined : destination,
    DestinationPrefixListId: isList ? destination : undefined,
    GatewayId: gateways.includes(kind) ? id : undefined,
    EgressOnlyInternetGatewayId: kind === 'egress-only-internet-gateway' ? id : undefined,
    NatGatewayId: kind === 'nat-gateway' ? id : undefined,
    NetworkInterfaceId: kind === 'network-interface' ? id : undefined,
    TransitGatewayId: kind === 'transit-gateway' ? id : undefined,
    VpcPeeringConnectionId: kind === 'vpc-peering-connection' ? id : undefined,
    Origin: origin === 'local' ? 'createroutetable' : origin === 'static' ? 'createroute' : 'enablevgwroutepropagation',
    State: 'active',
  };
}
