// Guests that are real: programs run in them, reach each other by their private addresses, and what the network forbids does not pass.
import { execFileSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EC2, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { IAM } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { type RunningCloud, startCloud } from '../../embed/index.ts';
import { bodyOf } from '../../kernel/http.ts';
import type { RealGuests } from '../real.ts';
import { whyNoNamespaces } from './fabric.ts';

const image = 'ami-0ed094fb1304fd857';
const missing = process.execPath.startsWith('/usr/')
  ? whyNoNamespaces()
  : 'guests see programs in /usr only: node is not there';

/** Serves who it is, and what it finds when it is told to look: `GET /get?url=…`. */
const server = `#!/bin/sh
echo "hello from $(hostname)"
echo kept >>/root/boots
cat >/srv/site.js <<'SITE'
const http = require('node:http');
const site = async (request, response) => {
  const url = new URL(request.url, 'http://x').searchParams.get('url');
  if (url === null) return response.end('here is ' + require('node:os').hostname() + '\\n');
  try {
    const got = await fetch(url, { signal: AbortSignal.timeout(1500), method: request.headers['x-method'] ?? 'GET', headers: JSON.parse(request.headers['x-send'] ?? '{}') });
    response.end(got.status + ' ' + await got.text());
  } catch (error) {
    response.end('failed ' + (error.cause?.code ?? error.name));
  }
};
http.createServer(site).listen(80, () => console.log('listening'));
SITE
mkdir -p /var/lib/cloud/scripts/per-boot
printf '#!/bin/sh\\n${process.execPath} /srv/site.js &\\n' >/var/lib/cloud/scripts/per-boot/site
chmod +x /var/lib/cloud/scripts/per-boot/site
`;

interface Home extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly ec2: EC2;
  readonly guests: RealGuests;
  launch(more?: Partial<RunInstancesCommandInput>): Promise<string>;
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
    async launch(more = {}) {
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
      await look(id, 'listening');
      return id;
    },
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

const addressOf = async (ec2: EC2, id: string) => {
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [id] });
  const { PrivateIpAddress, PrivateDnsName, SecurityGroups } = Reservations?.[0]?.Instances?.[0] ?? {};
  return {
    ip: PrivateIpAddress as string,
    name: PrivateDnsName as string,
    groupId: SecurityGroups?.[0]?.GroupId as string,
  };
};

const real = (title: string, body: (home: Home) => Promise<void>): void => {
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

real(
  'User data runs inside at first boot; servers find each other by name, and a group’s rules hold between them (EC2-19, VPC-17)',
  async (home) => {
    const [a, b] = [await home.launch(), await home.launch()];
    const [one, other] = [await addressOf(home.ec2, a), await addressOf(home.ec2, b)];
    expect(await home.curl(a, `http://${other.ip}/`)).toBe(`here is ${other.name}\n`);
    const inside = (url: string, headers: object = {}) =>
      home.curl(b, `http://${one.ip}/get?url=${encodeURIComponent(url)}`, headers);
    expect(await inside(`http://${other.name}/`)).toBe(`200 here is ${other.name}\n`);
    expect(await inside('http://nobody.ec2.internal/')).toBe('failed ENOTFOUND');
    const output = await home.ec2.getConsoleOutput({ InstanceId: a });
    expect(Buffer.from(output.Output ?? '', 'base64').toString()).toContain(`hello from ${one.name}`);

    const { GroupId } = await home.ec2.createSecurityGroup({ GroupName: 'closed', Description: 'closed' });
    await home.ec2.modifyInstanceAttribute({ InstanceId: b, Groups: [GroupId as string] });
    await new Promise((resolve) => setTimeout(resolve, 600));
    // By `trace`, and by the kernel for what the guest itself sends.
    expect(await home.curl(a, `http://${other.ip}/`)).toBe('timeout');
    const asked = {
      method: 'GET',
      target: `/get?url=${encodeURIComponent(`http://${other.ip}/`)}`,
      headers: { host: one.ip },
      body: bodyOf(new Uint8Array()),
      sourceIp: '',
      secure: false,
    };
    const answer = await home.guests.http(a, 80, asked);
    if (typeof answer === 'string') throw new Error(answer);
    expect((await text(answer.body as Readable)).toString()).toBe('failed TimeoutError');
  },
);

real(
  'Metadata and AWS’s APIs answer programs inside, with the role’s keys; the rest of the machine is out of reach (EC2-18)',
  async (home) => {
    const iam = home.cloud.client(IAM);
    const statement = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.createRole({ RoleName: 'web-role', AssumeRolePolicyDocument });
    await iam.createInstanceProfile({ InstanceProfileName: 'web' });
    await iam.addRoleToInstanceProfile({ InstanceProfileName: 'web', RoleName: 'web-role' });
    const [a, b] = [await home.launch({ IamInstanceProfile: { Name: 'web' } }), await home.launch()];
    const { ip } = await addressOf(home.ec2, a);
    const inside = (url: string, send: object = {}, method = 'GET') =>
      home.curl(b, `http://${ip}/get?url=${encodeURIComponent(url)}`, {
        'x-send': JSON.stringify(send),
        'x-method': method,
      });
    const imds = 'http://169.254.169.254/latest';
    expect(await inside(`${imds}/meta-data/instance-id`)).toMatch(/^401 /);
    const ttl = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
    const token = (await inside(`${imds}/api/token`, ttl, 'PUT')).slice(4);
    const header = { 'x-aws-ec2-metadata-token': token };
    expect(await inside(`${imds}/meta-data/instance-id`, header)).toBe(`200 ${a}`);
    expect(await inside(`${imds}/meta-data/iam/security-credentials/web-role`, header)).toContain('"Code": "Success"');
    expect(await inside('http://s3.us-east-1.amazonaws.com/')).toMatch(/^(?:403|307|400|200) /);
    expect(await inside('http://127.0.0.1:4566/')).toBe('failed ECONNREFUSED');
    expect(await inside('http://203.0.113.7/')).toMatch(/^failed (?:UND_ERR_SOCKET|ECONNRESET|TimeoutError)$/);
  },
);

real(
  'StopInstances: a guest ends gracefully, its disk stays, and user data is not run again; terminated, nothing is left',
  async (home) => {
    const id = await home.launch();
    const pids = (): string => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(pids()).toContain('/srv/site.js');
    await home.ec2.stopInstances({ InstanceIds: [id] });
    await home.cloud.clock.advance(120);
    await home.console(id, 'Stopping');
    await home.guests.idle();
    await home.ec2.startInstances({ InstanceIds: [id] });
    await home.cloud.clock.advance(120);
    const said = await home.console(id, 'listening', 2);
    expect(said.split('hello from').length - 1).toBe(1);
    await home.ec2.rebootInstances({ InstanceIds: [id] });
    await home.cloud.clock.advance(60);
    await home.console(id, 'listening', 3);
    await home.ec2.terminateInstances({ InstanceIds: [id] });
    await home.cloud.clock.advance(120);
    await home.guests.idle();
    expect(home.guests.consoleOutput(id)).toBe('');
  },
);

real('Volumes: a folder of an attached volume keeps its content through detach, snapshot and restore', async (home) => {
  const disk = (more: object = {}) => ({
    AvailabilityZone: 'us-east-1a',
    Size: 1,
    VolumeType: 'gp3' as const,
    ...more,
  });
  const writer =
    '#!/bin/sh\nwhile [ ! -d /mnt/sdf ]; do sleep 0.1; done; echo precious >/mnt/sdf/note; echo listening; sync\n';
  const reader =
    '#!/bin/sh\nwhile [ ! -e /mnt/sdg/note ]; do sleep 0.1; done; echo "found $(cat /mnt/sdg/note)"; echo listening\n';
  const attach = async (InstanceId: string, VolumeId: string, Device: string) => {
    await home.ec2.attachVolume({ InstanceId, VolumeId, Device });
    await home.cloud.clock.advance(30);
  };
  const make = async (more: object = {}): Promise<string> => {
    const { VolumeId = '' } = await home.ec2.createVolume(disk(more));
    await home.cloud.clock.advance(60);
    return VolumeId;
  };
  const launch = async (script: string, volumeId: string, device: string): Promise<string> => {
    const { Instances } = await home.ec2.runInstances({
      ImageId: image,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      Placement: { AvailabilityZone: 'us-east-1a' },
      UserData: Buffer.from(script).toString('base64'),
    });
    await home.cloud.clock.advance(60);
    const id = Instances?.[0]?.InstanceId as string;
    await attach(id, volumeId, device);
    await home.console(id, 'listening');
    return id;
  };
  const VolumeId = await make();
  const id = await launch(writer, VolumeId, '/dev/sdf');
  await home.ec2.stopInstances({ InstanceIds: [id] });
  await home.cloud.clock.advance(120);
  await home.guests.idle();
  await home.ec2.detachVolume({ VolumeId });
  const { SnapshotId } = await home.ec2.createSnapshot({ VolumeId });
  await home.cloud.clock.advance(600);
  const other = await launch(reader, await make({ SnapshotId }), '/dev/sdg');
  expect(await home.console(other, 'found')).toContain('found precious');
});
