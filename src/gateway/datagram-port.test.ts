import dgram from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { makeSite } from '../../tests/journeys/site.ts';
import { addNetworkBalancer, openServers } from '../services/networking/elastic-load-balancing-v2/network.fixture.ts';
import { DoorPorts } from './door-port.ts';

const range = { first: 22_000, last: 22_999 };

test('Ports: datagrams of a TCP_UDP listener pass on the port of its connections, to who asked and back (ELB-08)', async () => {
  await using site = await makeSite('door-udp');
  const targets = await site.addServers(0, 1);
  await openServers(site);
  const net = await addNetworkBalancer(site, { protocol: 'TCP_UDP', port: 22_053, targets });
  const ports = new DoorPorts(await site.cloud.inside.doors(), range);
  await ports.look();
  expect(ports.localPort(net.host, 22_053, 'udp')).toBe(22_053);
  expect(ports.localPort(net.host, 22_053, 'tcp')).toBe(22_053);
  const clients = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
  for (const [at, client] of clients.entries()) {
    client.send(`from ${at}`, 22_053, '127.0.0.1');
    const [message, from] = (await once(client, 'message')) as [Buffer, dgram.RemoteInfo];
    expect(message.toString()).toMatch(new RegExp(`^${targets[0]} in us-east-1a at 10\\.0\\.0\\.\\d+: from ${at}$`));
    expect(from).toMatchObject({ address: '127.0.0.1', port: 22_053 });
  }
  await site.elb.deleteListener({ ListenerArn: net.listener.ListenerArn });
  await ports.look();
  expect(ports.localPort(net.host, 22_053, 'udp')).toBeUndefined();
  // The port is free again.
  clients[0]?.close();
  clients[1]?.close();
  const again = dgram.createSocket('udp4');
  again.bind(22_053, '127.0.0.1');
  await once(again, 'listening');
  again.close();
  await ports.close();
});
