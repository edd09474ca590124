// Guests that are real: programs run in them, reach each other by their private addresses, and what the network forbids does not pass.
import { execFileSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { IAM } from '@aws-sdk/client-iam';
import { expect } from 'vitest';
import { bodyOf } from '../../kernel/http.ts';
import { addressOf, image, real } from './home.fixture.ts';

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
    await home.settled();
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
