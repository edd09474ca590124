// Guests as containers of a real engine: Podman, started here with an image made of this system's own busybox. Where there is none, it is
// said aloud.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EC2, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningCloud, startCloud } from '../../embed/index.ts';
import { bodyOf } from '../../kernel/http.ts';
import type { Guests } from '../guest.ts';
import type { RealGuests } from '../real.ts';
import { isRoot } from '../namespace/fabric.ts';
import { Engine } from './engine.ts';

const image = `localhost/hakoniwa-test-${process.pid}:1`;

const succeeds = (program: string, ...words: readonly string[]): boolean => {
  try {
    execFileSync(program, words, { stdio: 'ignore', timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
};

function whyNoPodman(): string | undefined {
  if (!isRoot()) return 'the tests do not run as root';
  if (!succeeds('podman', '--version')) return 'Podman is not installed';
  return succeeds('sh', '-c', 'busybox --list && ! ldd $(command -v busybox)')
    ? undefined
    : 'no static busybox is installed';
}

/** A service of Podman's own, with the runtime that starts containers here. */
async function startPodman(folder: string, runtime: string): Promise<{ readonly socket: string; stop(): void }> {
  const socket = join(folder, `podman-${runtime}.sock`);
  const settings = join(folder, `${runtime}.conf`);
  writeFileSync(settings, `[engine]\nruntime="${runtime}"\n`);
  const child = spawn('podman', ['system', 'service', '--time', '0', `unix://${socket}`], {
    stdio: 'ignore',
    env: { ...process.env, CONTAINERS_CONF: settings },
  });
  for (let tries = 0; tries < 100 && !existsSync(socket); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return { socket, stop: () => child.kill() };
}

let missing = whyNoPodman();
let folder = '';
let podman: { readonly socket: string; stop(): void } | undefined;

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'hakoniwa-podman-'));
  const root = join(folder, 'root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  for (const name of ['tmp', 'etc', 'srv']) mkdirSync(join(root, name));
  copyFileSync(
    execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim(),
    join(root, 'bin/busybox'),
  );
  execFileSync('sh', [
    '-c',
    `cd ${root}/bin && for name in $(./busybox --list); do [ -e $name ] || ln -s busybox $name; done`,
  ]);
  // What asks for names has to find the libraries of this system.
  const curl =
    'path=$(command -v curl); for file in $path $(ldd $path | grep -o "/[^ )]*"); do cp -L --parents $file $0; done';
  execFileSync('sh', ['-c', curl, root]);
  execFileSync('tar', ['-C', root, '-cf', join(folder, 'root.tar'), '.']);
  execFileSync('podman', ['import', join(folder, 'root.tar'), image], { stdio: 'ignore' });
  for (const runtime of ['crun', 'runc']) {
    podman = await startPodman(folder, runtime);
    const engine = new Engine(podman.socket);
    const HostConfig = {
      NetworkMode: 'none',
      Ulimits: ['nofile', 'nproc'].map((Name) => ({ Name, Soft: 64, Hard: 64 })),
    };
    try {
      const id = await engine.create(`hakoniwa-test-${process.pid}`, {
        ...{ Image: image, Hostname: 'x', Labels: {}, HostConfig },
        Cmd: ['/bin/true'],
      });
      await engine.start(id).finally(() => engine.remove(id));
      return;
    } catch (error) {
      missing = `Podman starts no containers here: ${error instanceof Error ? error.message : String(error)}`;
      podman.stop();
      podman = undefined;
      if (runtime === 'crun') missing = undefined;
    }
  }
}, 60_000);

afterAll(() => {
  podman?.stop();
  if (folder === '') return;
  succeeds('podman', 'rmi', '--force', image);
  rmSync(folder, { recursive: true, force: true });
});

interface Home {
  readonly cloud: RunningCloud;
  readonly ec2: EC2;
  readonly guests: RealGuests & Guests;
  launch(more?: Partial<RunInstancesCommandInput>): Promise<string>;
  console(id: string, word: string, times?: number): Promise<string>;
  curl(from: string, url: string): Promise<string>;
}

async function startHome(): Promise<Home> {
  const cloud = await startCloud({ guests: 'docker', seed: 1, clock: { kind: 'frozen' } });
  const ec2 = cloud.client(EC2);
  const guests = (await cloud.inside.part('guests')) as RealGuests & Guests;
  const look: Home['console'] = async (id, word, times = 1) => {
    for (let tries = 0; tries < 200; tries++) {
      await guests.idle();
      const text = guests.consoleOutput(id);
      if (text.split(word).length > times) return text;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the console of ${id} says: ${guests.consoleOutput(id)}`);
  };
  return {
    cloud,
    ec2,
    guests,
    console: look,
    async launch(more = {}) {
      const { Instances } = await ec2.runInstances({
        ImageId: 'ami-0ed094fb1304fd857',
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        Placement: { AvailabilityZone: 'us-east-1a' },
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'hakoniwa:image', Value: image }] }],
        ...more,
      });
      await cloud.clock.advance(60);
      await guests.idle();
      return Instances?.[0]?.InstanceId as string;
    },
    async curl(from, url) {
      const response = await cloud.inside.handle({
        method: 'POST',
        target: '/_hakoniwa/http',
        headers: { host: 'localhost' },
        body: bodyOf(Buffer.from(JSON.stringify({ from, url }))),
        sourceIp: '127.0.0.1',
        secure: false,
      });
      const { answer, failure } = JSON.parse(String(response.body)) as { answer?: { body: string }; failure?: string };
      return answer?.body ?? failure ?? String(response.body);
    },
  };
}

const contained = (title: string, body: (home: Home) => Promise<void>): void => {
  test(title, async () => {
    if (missing !== undefined || podman === undefined) {
      console.warn(`left out: ${title} (${missing})`);
      expect(missing).not.toBe('');
      return;
    }
    vi.stubEnv('DOCKER_HOST', `unix://${podman.socket}`);
    vi.stubEnv('HAKONIWA_DOCKER_NETWORK', undefined);
    const home = await startHome();
    try {
      await body(home);
    } finally {
      await home.cloud.close();
      vi.unstubAllEnvs();
    }
  }, 60_000);
};

const userData = (script: string): string => Buffer.from(`#!/bin/sh\n${script}`).toString('base64');

contained(
  'Containers: user data runs once, metadata and names answer inside, groups hold between containers, and the disk stays (EC2-18, EC2-19)',
  async (home) => {
    const { ec2 } = home;
    const site = `mkdir -p /srv/cgi-bin; echo "here is $(hostname)" >/srv/index.html; httpd -p 80 -h /srv; echo 'hello once'`;
    const web = await home.launch({ UserData: userData(site) });
    await home.console(web, 'user data has run');
    const { Reservations } = await ec2.describeInstances({ InstanceIds: [web] });
    const {
      PrivateIpAddress: ip = '',
      PrivateDnsName: name = '',
      SecurityGroups,
    } = Reservations?.[0]?.Instances?.[0] ?? {};

    const iam = home.cloud.client(IAM);
    const statement = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.createRole({ RoleName: 'web-role', AssumeRolePolicyDocument });
    await iam.createInstanceProfile({ InstanceProfileName: 'web' });
    await iam.addRoleToInstanceProfile({ InstanceProfileName: 'web', RoleName: 'web-role' });
    const imds = 'http://169.254.169.254/latest';
    const asker = await home.launch({
      IamInstanceProfile: { Name: 'web' },
      MetadataOptions: { HttpTokens: 'required' },
      UserData: userData(`
ask() { curl --silent --max-time 3 "$@"; }
echo "by name: $(ask http://${name}/)"
echo "by address: $(ask http://${ip}/)"
echo "without a token: $(ask --output /dev/null --write-out '%{http_code}' ${imds}/meta-data/instance-id)"
token=$(ask --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' ${imds}/api/token)
get() { ask --header "X-aws-ec2-metadata-token: $token" ${imds}/$1; echo; }
echo "I am $(get meta-data/instance-id)"
get dynamic/instance-identity/document
get meta-data/iam/security-credentials/web-role
echo "S3 says $(ask --output /dev/null --write-out '%{http_code}' http://s3.us-east-1.amazonaws.com/)"
echo 'asked all'
`),
    });
    const said = await home.console(asker, 'asked all');
    expect(said).toContain(`by name: here is ${name}`);
    expect(said).toContain(`by address: here is ${name}`);
    expect(said).toContain('without a token: 401');
    expect(said).toContain(`I am ${asker}`);
    expect(said).toContain(`"instanceId": "${asker}"`);
    expect(said).toContain('"Code": "Success"');
    expect(said).toMatch(/S3 says [234]\d\d/);

    expect(await home.curl(asker, `http://${ip}/`)).toBe(`here is ${name}\n`);
    const { GroupId } = await ec2.createSecurityGroup({ GroupName: 'closed', Description: 'closed' });
    await ec2.modifyInstanceAttribute({ InstanceId: web, Groups: [GroupId as string] });
    expect(await home.curl(asker, `http://${ip}/`)).toBe('timeout');
    await home.guests.settle();
    const stranger = await home.launch({
      UserData: userData(`curl --silent --max-time 2 http://${ip}/; echo "ended with $?"`),
    });
    expect(await home.console(stranger, 'ended with')).toContain('ended with 28');
    await ec2.modifyInstanceAttribute({ InstanceId: web, Groups: [SecurityGroups?.[0]?.GroupId as string] });

    await ec2.rebootInstances({ InstanceIds: [web] });
    await home.cloud.clock.advance(60);
    await home.guests.idle();
    await ec2.stopInstances({ InstanceIds: [web] });
    await home.cloud.clock.advance(120);
    await home.guests.idle();
    expect(await home.curl(asker, `http://${ip}/`)).toBe('timeout');
    await ec2.startInstances({ InstanceIds: [web] });
    await home.cloud.clock.advance(60);
    await home.guests.idle();
    const words = await home.guests.shell?.(web);
    expect(
      execFileSync(
        'podman',
        [...(words ?? []).slice(1, -1), 'cat', '/srv/index.html'].filter((word) => word !== '-it'),
        { encoding: 'utf8' },
      ),
    ).toBe(`here is ${name}\n`);
    expect(home.guests.consoleOutput(web).split('hello once').length - 1).toBe(1);
    await ec2.terminateInstances({ InstanceIds: [web, asker, stranger] });
    await home.cloud.clock.advance(120);
    await home.guests.idle();
    expect(execFileSync('podman', ['ps', '--all', '--quiet', '--filter', `name=${web}`], { encoding: 'utf8' })).toBe(
      '',
    );
  },
);

contained(
  'Containers: a load balancer reaches them, volumes keep their folders, and what a killed cloud left is removed',
  async (home) => {
    const { ec2, cloud } = home;
    const engine = new Engine(podman?.socket ?? '');
    // Of a process that is surely gone: this one began at another time.
    const Labels = { 'hakoniwa.instance': 'i-left', 'hakoniwa.owner': `pid ${process.pid} 1` };
    const HostConfig = { NetworkMode: 'none' };
    const left = await engine.create(`hakoniwa-i-left-${process.pid}`, {
      Image: image,
      Hostname: 'left',
      Cmd: ['/bin/true'],
      Labels,
      HostConfig,
    });

    const next = await startCloud({ guests: 'docker', seed: 2, clock: { kind: 'frozen' } });
    await ((await next.inside.part('guests')) as RealGuests).idle();
    await next.close();
    expect(await engine.find(left)).toBeUndefined();

    const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 1, VolumeType: 'gp3' });
    await cloud.clock.advance(60);
    const serve = 'mkdir -p /srv; echo "served by $(hostname)" >/srv/index.html; httpd -p 80 -h /srv';
    const wait = (path: string): string => `while [ ! -e ${path} ]; do sleep 0.1; done`;
    const writer = await home.launch({
      UserData: userData(`${serve}\n${wait('/mnt/sdf')}; echo precious >/mnt/sdf/note; echo written`),
    });
    await ec2.attachVolume({ InstanceId: writer, VolumeId, Device: '/dev/sdf' });
    await cloud.clock.advance(30);
    await home.guests.settle();
    await home.console(writer, 'written');

    const elb = cloud.client(ElasticLoadBalancingV2);
    const { Subnets } = await ec2.describeSubnets({
      Filters: [{ Name: 'availability-zone', Values: ['us-east-1a', 'us-east-1b'] }],
    });
    const { SecurityGroups } = await ec2.describeSecurityGroups({ GroupNames: ['default'] });
    await ec2.authorizeSecurityGroupIngress({
      GroupName: 'default',
      CidrIp: '0.0.0.0/0',
      IpProtocol: 'tcp',
      FromPort: 80,
      ToPort: 80,
    });
    const { LoadBalancers } = await elb.createLoadBalancer({
      Name: 'web',
      Subnets: Subnets?.map(({ SubnetId }) => SubnetId as string),
      SecurityGroups: [SecurityGroups?.[0]?.GroupId as string],
    });
    const { TargetGroups } = await elb.createTargetGroup({
      Name: 'web',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: Subnets?.[0]?.VpcId,
    });
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn as string;
    await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: writer }] });
    await elb.createListener({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    });
    await cloud.clock.advance(300);
    const { Reservations } = await ec2.describeInstances({ InstanceIds: [writer] });
    const name = Reservations?.[0]?.Instances?.[0]?.PrivateDnsName;
    expect(await home.curl('internet', `http://${LoadBalancers?.[0]?.DNSName}/`)).toBe(`served by ${name}\n`);

    await ec2.stopInstances({ InstanceIds: [writer] });
    await cloud.clock.advance(120);
    await home.guests.idle();
    await ec2.detachVolume({ VolumeId });
    const { SnapshotId } = await ec2.createSnapshot({ VolumeId });
    await cloud.clock.advance(600);
    const restored = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', SnapshotId, VolumeType: 'gp3' });
    await cloud.clock.advance(60);
    const reader = await home.launch({
      UserData: userData(`${wait('/mnt/sdg/note')}; echo "found $(cat /mnt/sdg/note)"`),
    });
    await ec2.attachVolume({ InstanceId: reader, VolumeId: restored.VolumeId, Device: '/dev/sdg' });
    await cloud.clock.advance(30);
    await home.guests.settle();
    expect(await home.console(reader, 'found')).toContain('found precious');
    expect((await engine.find(`hakoniwa-${reader}`))?.HostConfig).toMatchObject({ NanoCpus: 2e9, Memory: 2 ** 30 });
  },
);
