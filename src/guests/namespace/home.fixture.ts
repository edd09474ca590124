// A cloud with guests that are real, for tests, which say aloud what they leave out where there can be none.
import { EC2, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { type RunningCloud, startCloud } from '../../embed/index.ts';
import { bodyOf } from '../../kernel/http.ts';
import type { RealGuests } from '../real.ts';
import { whyNoNamespaces } from './fabric.ts';

export const image = 'ami-0ed094fb1304fd857';
const missing = process.execPath.startsWith('/usr/')
  ? whyNoNamespaces()
  : 'guests see programs in /usr only: node is not there';

/** Serves who it is, and what it finds when it is told to look: `GET /get?url=…`. */
export const server = `#!/bin/sh
echo "hello from $(hostname)"
echo kept >>/root/boots
cat >/srv/site.js <<'SITE'
const http = require('node:http');
const site = async (request, response) => {
  if (request.url === '/who') return response.end(request.socket.remoteAddress + ' at ' + request.socket.localAddress);
  const url = new URL(request.url, 'http://x').searchParams.get('url');
  if (url === null) return response.end('here is ' + require('node:os').hostname() + '\\n');
  try {
    const got = await fetch(url, { signal: AbortSignal.timeout(1500), method: request.headers['x-method'] ?? 'GET', headers: JSON.parse(request.headers['x-send'] ?? '{}') });
    response.end(got.status + ' ' + await got.text());
  } catch (error) {
    response.end('failed ' + (error.cause?.code ?? error.name));
  }
};
const echo = require('node:dgram').createSocket('udp4');
echo.on('message', (said, { address, port }) => echo.send(said + ' of ' + address + ':' + port, port, address)).bind(53);
http.createServer(site).listen(80, () => console.log('listening'));
SITE
mkdir -p /var/lib/cloud/scripts/per-boot
printf '#!/bin/sh\\n${process.execPath} /srv/site.js &\\n' >/var/lib/cloud/scripts/per-boot/site
chmod +x /var/lib/cloud/scripts/per-boot/site
/var/lib/cloud/scripts/per-boot/site
`;

export interface Home extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly ec2: EC2;
  readonly guests: RealGuests;
  /** Settles when its console says a word. */
  launch(more?: Partial<RunInstancesCommandInput>, word?: string): Promise<string>;
  /** When rules and links are those of the network as it is now. */
  settled(): Promise<void>;
  console(id: string, word: string, times?: number): Promise<string>;
  curl(from: string, url: string, headers?: object): Promise<string>;
}

async function startHome(): Promise<Home> {
  const cloud = await startCloud({
    guests: 'namespace',
    seed: 1,
    clock: { kind: 'frozen' },
    startAt: new Date('2026-01-01'),
  });
  const ec2 = cloud.client(EC2);
  const guests = (await cloud.inside.part('guests')) as RealGuests;
  const { Subnets } = await ec2.describeSubnets({ Filters: [{ Name: 'availability-zone', Values: ['us-east-1a'] }] });
  const look: Home['console'] = async (id, word, times = 1) => {
    for (let tries = 0; tries < 400; tries++) {
      await guests.idle();
      const text = guests.consoleOutput(id);
      if (text.split(word).length > times) return text;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`the console of ${id} says: ${guests.consoleOutput(id)}`);
  };
  return {
    cloud,
    ec2,
    guests,
    async launch(more = {}, word = 'listening') {
      const { Instances } = await ec2.runInstances({
        ImageId: image,
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: Subnets?.[0]?.SubnetId,
        UserData: Buffer.from(server).toString('base64'),
        MetadataOptions: { HttpTokens: 'required' },
        ...more,
      });
      await cloud.clock.advance(60);
      const id = Instances?.[0]?.InstanceId as string;
      await look(id, word);
      return id;
    },
    settled: () => guests.settle(),
    console: look,
    async curl(from, url, headers = {}) {
      const response = await cloud.inside.handle({
        method: 'POST',
        target: '/_hakoniwa/http',
        headers: { host: 'localhost' },
        body: bodyOf(Buffer.from(JSON.stringify({ from, url, headers }))),
        sourceIp: '127.0.0.1',
        secure: false,
      });
      const { answer, failure } = JSON.parse(String(response.body)) as { answer?: { body: string }; failure?: string };
      return answer?.body ?? failure ?? String(response.body);
    },
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

export const addressOf = async (ec2: EC2, id: string) => {
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [id] });
  const { PrivateIpAddress, PrivateDnsName, SecurityGroups } = Reservations?.[0]?.Instances?.[0] ?? {};
  return {
    ip: PrivateIpAddress as string,
    name: PrivateDnsName as string,
    groupId: SecurityGroups?.[0]?.GroupId as string,
  };
};

export const real = (title: string, body: (home: Home) => Promise<void>): void => {
  test(title, async () => {
    if (missing !== undefined) {
      console.warn(`left out: ${title} (${missing})`);
      expect(missing).not.toBe('');
      return;
    }
    await using home = await startHome();
    await body(home);
  }, 40_000);
};
