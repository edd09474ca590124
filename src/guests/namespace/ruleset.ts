// Security groups and network ACLs as nftables rules: what the fabric of a VPC lets pass from one guest to another. Pure: the same
// topology that `trace` walks becomes one script, and a test drives both with random flows.
//
// Every guest's link ends in the fabric, and every packet between two guests is routed there. A packet passes these stations:
//
//   spoof     it has an address of the interface that sends it, unless its source/destination check is off
//   cross     between two subnets: network ACL out, route, network ACL in; each packet by itself, answers too
//   known     an answer, or a later packet of a connection: past the groups
//   out_…     groups of the sender, then in_… groups of the receiver
//
// What is not for another guest here (load balancers, endpoints, the Internet, peers) ends at the fabric itself, which asks the cloud.
//
// Differs: `trace` judges anew each connection that a change of rules no longer admits and that is not tracked; here every connection that
// is known goes on. Packets that a route sends to an appliance inside the VPC are dropped.
import { findAddress } from '../../network/address.ts';
import { protocolNumber } from '../../network/flow.ts';
import { findRoute } from '../../network/route.ts';
import type {
  AclEntry,
  GroupRule,
  NetworkAcl,
  NetworkInterface,
  SecurityGroup,
  Topology,
} from '../../network/topology.ts';
import { type VpcIndex, vpcIndex } from '../../network/topology-index.ts';

/** Name of the link of an interface, in the fabric: at most fifteen characters. */
export const linkOf = (interfaceId: string): string => `g${interfaceId.replaceAll(/[^0-9a-z]/g, '').slice(-14)}`;

type Family = 4 | 6;

const nameOf = (id: string): string => id.replaceAll(/[^A-Za-z0-9]/g, '_');
const quoted = (names: readonly string[]): string => `{ ${names.map((name) => `"${name}"`).join(', ')} }`;
const listed = (values: readonly string[]): string => `{ ${values.join(', ')} }`;
const familyOf = (cidr: string): Family => (cidr.includes(':') ? 6 : 4);
const header = (family: Family): string => (family === 4 ? 'ip' : 'ip6');

const addressesOf = (nic: NetworkInterface, family: Family): string[] => {
  const own = family === 4 ? nic.addresses.map((one) => one.private) : [...nic.ipv6];
  return [...own, ...(nic.prefixes ?? []).filter((prefix) => familyOf(prefix) === family)];
};

/** The part of a rule that tells protocol and ports. */
function protocolMatch(protocol: string, ports: GroupRule['ports'], icmp: AclEntry['icmp']): string {
  const number = protocolNumber(protocol);
  if (number === -1) return '';
  const of = `meta l4proto ${number}`;
  if (number === 6 || number === 17) return ports === undefined ? of : `${of} th dport ${ports.from}-${ports.to}`;
  if (icmp === undefined || (number !== 1 && number !== 58)) return of;
  const word = number === 1 ? 'icmp' : 'icmpv6';
  const type = icmp.type === -1 ? '' : ` ${word} type ${icmp.type}`;
  const code = icmp.code === -1 ? '' : ` ${word} code ${icmp.code}`;
  return `${of}${type}${code}`;
}

const everywhere = (cidr: string): boolean => cidr === '0.0.0.0/0' || cidr === '::/0';

const addressMatch = (side: 'saddr' | 'daddr', cidr: string): string => {
  const family = familyOf(cidr);
  return everywhere(cidr) ? `meta nfproto ipv${family}` : `${header(family)} ${side} ${cidr}`;
};

class Compiler {
  readonly #topology: Topology;
  readonly #vpc: VpcIndex;
  /** Guests' interfaces by link, without those that no packet reaches. */
  readonly #links: ReadonlyMap<string, NetworkInterface>;
  readonly #hopLimits: ReadonlyMap<string, number>;
  readonly #caughtPorts: readonly number[];
  readonly #sets = new Map<string, string>();
  readonly #chains: string[] = [];

  constructor(topology: Topology, vpcId: string, { interfaceIds, hopLimits, caughtPorts = [] }: RulesetOptions) {
    const vpc = topology.vpcs.get(vpcId);
    if (vpc === undefined) throw new Error(`there is no VPC ${vpcId}`);
    this.#topology = topology;
    this.#vpc = vpcIndex(vpc);
    this.#hopLimits = hopLimits ?? new Map();
    this.#caughtPorts = caughtPorts;
    const alive = interfaceIds.flatMap((id) => this.#vpc.interfaces.get(id) ?? []).filter((nic) => this.#isAlive(nic));
    this.#links = new Map(alive.map((nic) => [linkOf(nic.id), nic]));
  }

  #zoneOf = (nic: NetworkInterface): string => this.#vpc.subnets.get(nic.subnetId)?.zone ?? '';

  #isAlive = (nic: NetworkInterface): boolean => nic.up && this.#topology.zones.get(this.#zoneOf(nic))?.power !== false;

  #chain(name: string, rules: readonly string[]): void {
    this.#chains.push(`  chain ${name} {\n${rules.map((rule) => `    ${rule}\n`).join('')}  }\n`);
  }

  script(): string {
    const links = [...this.#links.keys()];
    const groups = new Map<string, SecurityGroup>();
    for (const nic of this.#links.values())
      for (const id of nic.groupIds) {
        const group = this.#vpc.groups.get(id);
        if (group !== undefined) groups.set(id, group);
      }
    for (const group of groups.values()) this.#group(group);
    this.#links.forEach((nic, link) => this.#guest(link, nic));
    this.#crossings();
    this.#chain('admit', links.length === 0 ? [] : [`oifname vmap ${this.#jumps('goto', (link) => `in_${link}`)}`]);
    this.#spoof();
    this.#chain('forward', [
      'type filter hook forward priority filter; policy drop;',
      'ct state invalid drop',
      ...this.#islands(),
      ...(links.length === 0 ? [] : ['jump cross']),
      'ct state established,related accept',
      ...(links.length === 0 ? [] : [`iifname vmap ${this.#jumps('goto', (link) => `out_${link}`)}`]),
    ]);
    // What is for nobody here is silent: a reset would tell that somebody heard it.
    const caught = this.#caughtPorts.map(String);
    this.#chain('input', [
      'type filter hook input priority filter; policy drop;',
      'iifname "lo" accept',
      'ct state established,related accept',
      ...(caught.length === 0 ? [] : [`tcp dport ${listed(caught)} accept`]),
      'udp dport 53 accept',
      // Without these no guest finds its router.
      'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
    ]);
    this.#chain('output', [
      'type filter hook output priority mangle; policy accept;',
      ...[...this.#links].flatMap(([link, nic]) => {
        const limit = this.#hopLimits.get(nic.id);
        if (limit === undefined) return [];
        return [
          `oifname "${link}" ip saddr 169.254.169.254 ip ttl set ${limit}`,
          `oifname "${link}" ip6 saddr fd00:ec2::254 ip6 hoplimit set ${limit}`,
        ];
      }),
    ]);
    const sets = [...this.#sets.values()];
    return `table inet hakoniwa\ndelete table inet hakoniwa\ntable inet hakoniwa {\n${[...sets, ...this.#chains].join('')}}\n`;
  }

  #jumps = (verb: 'goto' | 'jump', to: (link: string, nic: NetworkInterface) => string): string =>
    listed([...this.#links].map(([link, nic]) => `"${link}" : ${verb} ${to(link, nic)}`));

  #set(name: string, family: Family, elements: readonly string[]): string {
    const type = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
    const filled = elements.length === 0 ? '' : ` elements = ${listed([...new Set(elements)])};`;
    this.#sets.set(name, `  set ${name} { type ${type}; flags interval; auto-merge;${filled} }\n`);
    return `@${name}`;
  }

  /** Addresses of interfaces with a group, in this VPC and in those that are peered with it. */
  #members(groupId: string, family: Family): string {
    const name = `members_${nameOf(groupId)}_${family}`;
    if (this.#sets.has(name)) return `@${name}`;
    const { id } = this.#vpc.vpc;
    const peered = [...this.#topology.peerings.values()]
      .filter(({ active, vpcIds }) => active && vpcIds.includes(id))
      .flatMap(({ vpcIds }) => this.#topology.vpcs.get(vpcIds[0] === id ? vpcIds[1] : vpcIds[0]) ?? []);
    const nics = [this.#vpc.vpc, ...peered].flatMap((vpc) =>
      vpc.interfaces.filter((nic) => nic.groupIds.includes(groupId)),
    );
    return this.#set(
      name,
      family,
      nics.flatMap((nic) => addressesOf(nic, family)),
    );
  }

  /** The ways in which a rule's peer can be written: one for each family that it is of. */
  #peerMatches({ peer, egress }: GroupRule): string[] {
    const side = egress ? 'daddr' : 'saddr';
    if (peer.kind === 'cidr') return [addressMatch(side, peer.cidr)];
    if (peer.kind === 'prefix-list')
      return (this.#topology.prefixLists.get(peer.id)?.cidrs ?? []).map((cidr) => addressMatch(side, cidr));
    return ([4, 6] as const).map((family) => `${header(family)} ${side} ${this.#members(peer.id, family)}`);
  }

  #group({ id, rules }: SecurityGroup): void {
    const ruleLines = (egress: boolean, verdict: string): string[] =>
      rules
        .filter((rule) => rule.egress === egress)
        .flatMap((rule) => {
          const icmp = rule.ports === undefined ? undefined : { type: rule.ports.from, code: rule.ports.to };
          const protocol = protocolMatch(rule.protocol, rule.ports, icmp);
          return this.#peerMatches(rule).map((peer) => `${peer} ${protocol} ${verdict}`.replaceAll(/ +/g, ' '));
        });
    this.#chain(`group_in_${nameOf(id)}`, ruleLines(false, 'accept'));
    this.#chain(`group_out_${nameOf(id)}`, ruleLines(true, 'goto admit'));
  }

  /** Interfaces without groups are not filtered. */
  #guest(link: string, nic: NetworkInterface): void {
    const ids = nic.groupIds.filter((id) => this.#vpc.groups.has(id)).map(nameOf);
    const free = nic.groupIds.length === 0;
    this.#chain(`in_${link}`, free ? ['accept'] : [...ids.map((id) => `jump group_in_${id}`), 'drop']);
    this.#chain(`out_${link}`, free ? ['goto admit'] : [...ids.map((id) => `jump group_out_${id}`), 'drop']);
  }

  #acl(acl: NetworkAcl, egress: boolean): string {
    const side = egress ? 'daddr' : 'saddr';
    const entries = acl.entries.filter((entry) => entry.egress === egress).sort((a, b) => a.number - b.number);
    const rules = entries.map(({ cidr, protocol, ports, icmp, allow }) =>
      `${addressMatch(side, cidr)} ${protocolMatch(protocol, ports, icmp)} ${allow ? 'return' : 'drop'}`.replaceAll(
        / +/g,
        ' ',
      ),
    );
    const name = `acl_${egress ? 'out' : 'in'}_${nameOf(acl.id)}`;
    if (!this.#chains.some((chain) => chain.startsWith(`  chain ${name} {`))) this.#chain(name, [...rules, 'drop']);
    return name;
  }

  /** Addresses of guests that a subnet's route table does not lead to. */
  #unrouted(subnetId: string, family: Family): string[] {
    const table = this.#vpc.tableOf(subnetId);
    return [...this.#links.values()].flatMap((nic) =>
      addressesOf(nic, family).filter((text) => {
        const address = findAddress(text);
        if (address === undefined || table === undefined) return true;
        const found = findRoute(table, address, this.#topology.prefixLists)?.route;
        return found === undefined || found.target.kind !== 'local' || found.state !== 'active';
      }),
    );
  }

  /** From one subnet to another. */
  #crossings(): void {
    const bySubnet = new Map<string, string[]>();
    for (const [link, nic] of this.#links) bySubnet.set(nic.subnetId, [...(bySubnet.get(nic.subnetId) ?? []), link]);
    for (const [subnetId, links] of bySubnet) {
      const acl = this.#vpc.aclOf(subnetId);
      const unrouted = ([4, 6] as const).flatMap((family) => {
        const addresses = this.#unrouted(subnetId, family);
        return addresses.length === 0
          ? []
          : [`${header(family)} daddr ${this.#set(`unrouted_${nameOf(subnetId)}_${family}`, family, addresses)} drop`];
      });
      const [out, into] =
        acl === undefined ? [[], []] : [[`jump ${this.#acl(acl, true)}`], [`jump ${this.#acl(acl, false)}`]];
      this.#chain(`leave_${nameOf(subnetId)}`, [`oifname ${quoted(links)} return`, ...out, ...unrouted]);
      this.#chain(`enter_${nameOf(subnetId)}`, [`iifname ${quoted(links)} return`, ...into]);
    }
    if (this.#links.size === 0) return;
    this.#chain('cross', [
      `iifname vmap ${this.#jumps('jump', (_link, nic) => `leave_${nameOf(nic.subnetId)}`)}`,
      `oifname vmap ${this.#jumps('jump', (_link, nic) => `enter_${nameOf(nic.subnetId)}`)}`,
    ]);
  }

  /** Zones that are cut off reach themselves only. */
  #islands(): string[] {
    return [...this.#topology.zones].flatMap(([zone, { network }]) => {
      const inside = [...this.#links].flatMap(([link, nic]) => (this.#zoneOf(nic) === zone ? [link] : []));
      if (network || inside.length === 0) return [];
      const names = quoted(inside);
      return [`iifname ${names} oifname != ${names} drop`, `iifname != ${names} oifname ${names} drop`];
    });
  }

  #spoof(): void {
    const rules = [...this.#links].flatMap(([link, nic]) =>
      nic.sourceDestCheck
        ? ([4, 6] as const).map((family) => {
            const own = addressesOf(nic, family);
            // Neighbour discovery speaks from link-local addresses.
            const all = family === 6 ? [...own, 'fe80::/10', '::'] : own;
            return all.length === 0
              ? `iifname "${link}" meta nfproto ipv${family} drop`
              : `iifname "${link}" ${header(family)} saddr != ${listed(all)} drop`;
          })
        : [],
    );
    this.#chain('spoof', ['type filter hook prerouting priority raw; policy accept;', ...rules]);
  }
}

export interface RulesetOptions {
  /** Interfaces of guests that have a link in the fabric. */
  readonly interfaceIds: readonly string[];
  /** How many hops an answer of the metadata service may travel, by interface. */
  readonly hopLimits?: ReadonlyMap<string, number> | undefined;
  /** TCP ports at which the fabric takes what is for somebody outside of it. */
  readonly caughtPorts?: readonly number[] | undefined;
}

/** The rules of a VPC's fabric, for `nft -f`. */
export const compileRuleset = (topology: Topology, vpcId: string, options: RulesetOptions): string =>
  new Compiler(topology, vpcId, options).script();
