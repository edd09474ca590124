// Real guests of a cloud that is killed: nothing of them goes on, and the next cloud removes what lay about.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { whyNoNamespaces } from '../../src/guests/namespace/fabric.ts';
import { freePort, startServer } from './server.ts';

const missing = whyNoNamespaces();
const title = 'Namespace guests: when the cloud is killed, so are they, and the next start leaves nothing of them';

const isRunning = (words: string): boolean => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(words);

async function until(isSo: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 400 && !isSo(); tries++) await after(50);
  return isSo();
}

/** The runtime folder of a process. */
const folderOf = (pid: number | undefined): string | undefined =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith('hakoniwa-guests-'))
    .map((name) => join(tmpdir(), name))
    .find((folder) => {
      const registry = join(folder, 'registry.json');
      return existsSync(registry) && readFileSync(registry, 'utf8').includes(`"pid":${pid},`);
    });

test(title, async () => {
  if (missing !== undefined) {
    console.warn(`left out: ${title} (${missing})`);
    expect(missing).not.toBe('');
    return;
  }
  const port = await freePort();
  const words = ['--port', String(port), '--guests', 'namespace'];
  const first = await startServer(words);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ec2 = new EC2({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials });
  const program = `sleep ${100_000 + port}`;
  await ec2.runInstances({
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from(`#!/bin/sh\n${program} &\n`).toString('base64'),
  });
  expect(await until(() => isRunning(program))).toBe(true);
  const folder = folderOf(first.child.pid) as string;
  expect(existsSync(folder)).toBe(true);
  await first.kill();
  expect(await until(() => !isRunning(program))).toBe(true);

  const second = await startServer(words);
  expect(await until(() => !existsSync(folder))).toBe(true);
  const own = folderOf(second.child.pid) as string;
  expect(existsSync(own)).toBe(true);
  second.child.kill('SIGTERM');
  await second.ended;
  expect(existsSync(own)).toBe(false);
}, 90_000);
