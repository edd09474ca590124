// Several network interfaces and both families of addresses, in guests that are real.
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { bodyOf } from '../../kernel/http.ts';
import { real, type Home } from './home.fixture.ts';

/** A VPC with an IPv6 block and two subnets. */
async function makeNetwork({ ec2, cloud }: Home) {
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.20.0.0/16', AmazonProvidedIpv6CidrBlock: true });
  const VpcId = Vpc?.VpcId as string;
  await cloud.clock.advance(10);
  const { Vpcs } = await ec2.describeVpcs({ VpcIds: [VpcId] });
  const block = Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock as string;
  const subnets: string[] = [];
  for (const at of [1, 2]) {
    const { Subnet } = await ec2.createSubnet({
      VpcId,
      CidrBlock: `10.20.${at}.0/24`,
      Ipv6CidrBlock: block.replace('00::/56', `0${at}::/64`),
      AvailabilityZone: 'us-east-1a',
    });
    subnets.push(Subnet?.SubnetId as string);
  }
  const { SecurityGroups } = await ec2.describeSecurityGroups({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  return { VpcId, subnets, groupId: SecurityGroups?.[0]?.GroupId as string };
}

real(
  'Interfaces: IPv6 addresses, secondary addresses and interfaces that come later answer inside, and each goes by its own groups (VPC-17)',
  async (home) => {
    const { ec2 } = home;
    const { VpcId, subnets, groupId } = await makeNetwork(home);
    const [first, second] = subnets as [string, string];
    const launch = () =>
      home.launch({ SubnetId: first, Ipv6AddressCount: 1, MetadataOptions: { HttpProtocolIpv6: 'enabled' } });
    const [a, b] = [await launch(), await launch()];
    const interfacesOf = async (id: string) => {
      const { Reservations } = await ec2.describeInstances({ InstanceIds: [id] });
      return Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces ?? [];
    };
    const [own] = await interfacesOf(b);
    const v6 = own?.Ipv6Addresses?.[0]?.Ipv6Address as string;
    const hostName = own?.PrivateDnsName as string;
    expect(await home.curl(a, `http://[${v6}]/`)).toBe(`here is ${hostName}\n`);

    await ec2.assignPrivateIpAddresses({
      NetworkInterfaceId: own?.NetworkInterfaceId,
      PrivateIpAddresses: ['10.20.1.77'],
    });
    const { GroupId } = await ec2.createSecurityGroup({ VpcId, GroupName: 'later', Description: 'later' });
    const { NetworkInterface } = await ec2.createNetworkInterface({
      SubnetId: second,
      PrivateIpAddress: '10.20.2.50',
      Groups: [GroupId as string],
    });
    const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId as string;
    const { AttachmentId } = await ec2.attachNetworkInterface({ InstanceId: b, NetworkInterfaceId, DeviceIndex: 1 });
    await home.cloud.clock.advance(10);
    await home.settled();
    expect(await home.curl(a, 'http://10.20.1.77/')).toBe(`here is ${hostName}\n`);
    expect(await home.curl(a, 'http://10.20.2.50/')).toBe('timeout');
    await ec2.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Groups: [groupId] });
    await home.settled();
    expect(await home.curl(a, 'http://10.20.2.50/')).toBe(`here is ${hostName}\n`);
    // Who asks from outside is seen as he is, at the address that he asked.
    const who = (sourceIp: string, address: string) =>
      home.guests.http(
        b,
        80,
        {
          method: 'GET',
          target: '/who',
          headers: { host: 'b' },
          body: bodyOf(new Uint8Array()),
          sourceIp,
          secure: false,
        },
        address,
      );
    for (const [source, address, seen] of [
      ['203.0.113.9', '10.20.2.50', '::ffff:203.0.113.9 at ::ffff:10.20.2.50'],
      ['2001:db8::9', v6, `2001:db8::9 at ${v6}`],
    ] as const) {
      const answer = await who(source, address);
      if (typeof answer === 'string') throw new Error(answer);
      expect(await text(answer.body as Readable)).toBe(seen);
    }
    const heard = await new Promise((resolve) => {
      const datagram = {
        bytes: Buffer.from('hello'),
        answer: (bytes: Uint8Array) => resolve(Buffer.from(bytes).toString()),
      };
      void home.guests.datagram(b, 53, datagram, { sourceIp: '203.0.113.9', sourcePort: 5_353, destinationIp: '' });
    });
    expect(heard).toBe('hello of 203.0.113.9:5353');

    await ec2.detachNetworkInterface({ AttachmentId });
    await home.cloud.clock.advance(60);
    await home.settled();
    expect(await home.curl(a, 'http://10.20.2.50/')).not.toContain('here is');
    const session = 'http://[fd00:ec2::254]/latest/api/token';
    const send = { 'x-method': 'PUT', 'x-send': JSON.stringify({ 'x-aws-ec2-metadata-token-ttl-seconds': '60' }) };
    expect(await home.curl(a, `http://[${v6}]/get?url=${encodeURIComponent(session)}`, send)).toMatch(/^200 \S{56}$/);
  },
);
