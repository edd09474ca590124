// Guests that are real: programs run in them, reach each other by their private addresses, and what the network forbids does not pass.
import { execFileSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { IAM } from '@aws-sdk/client-iam';
import { expect } from 'vitest';
import { bodyOf } from '../../kernel/http.ts';
import { addressOf, real } from './home.fixture.ts';

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
    await home.settled();
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

real(
  'Volumes: a folder of an attached volume keeps its content through snapshots, detaching, restoring and termination',
  async (home) => {
    const { ec2, cloud } = home;
    const make = async (more: object = {}): Promise<string> => {
      const { VolumeId = '' } = await ec2.createVolume({
        AvailabilityZone: 'us-east-1a',
        Size: 4,
        VolumeType: 'gp3',
        ...more,
      });
      await cloud.clock.advance(60);
      return VolumeId;
    };
    const attach = async (InstanceId: string, VolumeId: string, Device: string) => {
      await ec2.attachVolume({ InstanceId, VolumeId, Device });
      await cloud.clock.advance(30);
      await home.settled();
    };
    const settle = async (): Promise<void> => {
      await cloud.clock.advance(120);
      await home.guests.idle();
      await home.settled();
    };
    const snapshot = async (VolumeId: string): Promise<string> => {
      const { SnapshotId = '' } = await ec2.createSnapshot({ VolumeId });
      await cloud.clock.advance(600);
      return SnapshotId;
    };
    /** Tells what comes to its folders, and writes when it is told to by a file that another volume brings. */
    const script = `#!/bin/sh
for name in f g h; do (
  while :; do
    if [ -d /mnt/sd$name ] && [ ! -e /tmp/$name ]; then : >/tmp/$name; echo "sd$name has $(cat /mnt/sd$name/note 2>&1)."; echo $name >>/mnt/sd$name/note; echo "sd$name is written"; fi
    if [ ! -d /mnt/sd$name ] && [ -e /tmp/$name ]; then rm /tmp/$name; echo "sd$name is gone"; fi
    sleep 0.05
  done ) & done
echo watching
`;
    const launch = () => home.launch({ UserData: Buffer.from(script).toString('base64') }, 'watching');
    const [first, second] = [await launch(), await launch()];
    const volumeId = await make({ VolumeType: 'io2', Iops: 100, MultiAttachEnabled: true });
    await attach(first, volumeId, '/dev/sdf');
    expect(await home.console(first, 'sdf is written')).toContain(
      'sdf has cat: /mnt/sdf/note: No such file or directory.',
    );
    await home.settled();
    const whileAttached = await snapshot(volumeId);
    await attach(second, volumeId, '/dev/sdg');
    expect(await home.console(second, 'sdg is written')).toContain('sdg has f.');
    await home.settled();

    await ec2.detachVolume({ VolumeId: volumeId, InstanceId: first });
    await settle();
    await home.console(first, 'sdf is gone');
    const restored = await make({ SnapshotId: whileAttached });
    await attach(first, restored, '/dev/sdh');
    expect(await home.console(first, 'sdh is written')).toContain('sdh has f.');

    // Termination: a volume that stays has all that was written, at once; one that goes with its instance is gone.
    const doomed = await make();
    await attach(second, doomed, '/dev/sdf');
    await home.console(second, 'sdf is written');
    const BlockDeviceMappings = [{ DeviceName: '/dev/sdf', Ebs: { DeleteOnTermination: true } }];
    await ec2.modifyInstanceAttribute({ InstanceId: second, BlockDeviceMappings });
    await ec2.terminateInstances({ InstanceIds: [first, second] });
    await settle();
    await expect(ec2.describeVolumes({ VolumeIds: [doomed] })).rejects.toMatchObject({
      name: 'InvalidVolume.NotFound',
    });
    const third = await launch();
    await attach(third, restored, '/dev/sdf');
    expect((await home.console(third, 'sdf is written')).replaceAll('\n', ' ')).toContain('sdf has f h.');
  },
);
