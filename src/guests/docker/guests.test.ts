// Guests as containers, against an engine of this test's own that speaks the API: what it is asked for, and that requests arrive.
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterEach, expect, test, vi } from 'vitest';
import { startCloud } from '../../embed/index.ts';
import { bodyOf } from '../../kernel/http.ts';
import type { RealGuests } from '../real.ts';
import { readFrames } from './engine.ts';

interface Container {
  readonly Id: string;
  readonly spec: {
    readonly Image: string;
    readonly Labels: Record<string, string>;
    readonly Env: readonly string[];
    readonly Cmd?: readonly string[];
  };
  running: boolean;
  /** Archives that were unpacked in it. */
  readonly written: Buffer[];
}

const frame = (words: string): Buffer => {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(words.length, 4);
  return Buffer.concat([head, Buffer.from(words)]);
};

/** An engine whose containers all answer HTTP at one port of this machine. */
async function startEngine() {
  const folder = mkdtempSync(join(tmpdir(), 'hakoniwa-engine-'));
  const socketPath = join(folder, 'engine.sock');
  const containers = new Map<string, Container>();
  const pulled: string[] = [];
  const site = http.createServer((request, response) => response.end(`contained ${request.url}`));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const { port } = site.address() as AddressInfo;
  const networks = new Set<string>();
  const answers: readonly [RegExp, (match: RegExpExecArray, body: never, query: URLSearchParams) => unknown][] = [
    [/^GET \/_ping$/, () => 'OK'],
    [/^GET \/info$/, () => ({ OSType: 'linux', Name: 'elsewhere' })],
    [/^GET \/networks\/(.+)$/, ([, name = '']) => (networks.has(name) ? {} : 404)],
    [/^POST \/networks\/create$/, (_match, body: { Name: string }) => ({ made: networks.add(body.Name).size })],
    [/^GET \/images\/(.+)\/json$/, ([, name = '']) => (pulled.includes(decodeURIComponent(name)) ? {} : 404)],
    [/^POST \/images\/create$/, (_match, _body, query) => ({ pulled: pulled.push(query.get('fromImage') ?? '') })],
    [
      /^GET \/containers\/json$/,
      () =>
        [...containers.values()].map(({ Id, running, spec }) => ({
          Id,
          State: running ? 'running' : 'exited',
          Labels: spec.Labels,
        })),
    ],
    [
      /^POST \/containers\/create$/,
      (_match, spec: Container['spec'], query) => {
        const Id = query.get('name') ?? '';
        containers.set(Id, { Id, spec, running: false, written: [] });
        return { Id };
      },
    ],
    [
      /^(\w+) \/containers\/([^/]+)(?:\/(\w+))?$/,
      ([, method, id = '', deed], body) => {
        const container = containers.get(id);
        if (container === undefined) return 404;
        if (deed === 'archive') return { written: container.written.push(body) };
        if (method === 'DELETE') return { removed: containers.delete(id) };
        if (deed === 'logs') return frame('booted\n');
        if (deed === 'json')
          return { NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } } };
        container.running = deed === 'start';
        return {};
      },
    ],
  ];
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://docker');
    const sent = await buffer(request);
    const isArchive = request.headers['content-type'] === 'application/x-tar';
    const body = (isArchive ? sent : JSON.parse(sent.toString() || '{}')) as never;
    const asked = `${request.method} ${url.pathname.replace(/^\/v1\.41/, '')}`;
    for (const [form, answer] of answers) {
      const match = form.exec(asked);
      if (match === null) continue;
      const value = answer(match, body, url.searchParams);
      if (value === 404) response.writeHead(404).end('{"message":"no such thing"}');
      else response.end(value instanceof Buffer || typeof value === 'string' ? value : JSON.stringify(value));
      return;
    }
    response.writeHead(500).end(`{"message":"not expected: ${asked}"}`);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    containers,
    pulled,
    networks,
    [Symbol.dispose]: () => {
      server.close();
      site.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

afterEach(() => vi.unstubAllEnvs());

test('Docker guests: a container for each instance, with its image and user data; it stops, starts and goes with it (EC2-19)', async () => {
  using engine = await startEngine();
  vi.stubEnv('DOCKER_HOST', `unix://${engine.socketPath}`);
  const cloud = await startCloud({ guests: 'docker', seed: 1, clock: { kind: 'frozen' } });
  try {
    const ec2 = cloud.client(EC2);
    const guests = (await cloud.inside.part('guests')) as RealGuests;
    const { Instances } = await ec2.runInstances({
      ImageId: 'ami-0ed094fb1304fd857',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      UserData: Buffer.from('#!/bin/sh\necho hello\n').toString('base64'),
      TagSpecifications: [
        { ResourceType: 'instance', Tags: [{ Key: 'hakoniwa:image', Value: 'registry.test/web:1' }] },
      ],
    });
    const id = Instances?.[0]?.InstanceId as string;
    const after = async (seconds: number): Promise<Container | undefined> => {
      await cloud.clock.advance(seconds);
      await guests.idle();
      return engine.containers.get(`hakoniwa-${id}`);
    };
    expect(await after(60)).toMatchObject({
      running: true,
      spec: {
        Image: 'registry.test/web:1',
        Labels: { 'hakoniwa.instance': id },
        Env: [`HAKONIWA_INSTANCE=${id}`, 'HAKONIWA_WIRED=no'],
      },
    });
    expect(engine.containers.get(`hakoniwa-${id}`)?.written.toString()).toContain('#!/bin/sh\necho hello\n');
    expect([engine.pulled, [...engine.networks]]).toEqual([['registry.test/web:1'], ['hakoniwa-guests']]);
    const request = {
      method: 'GET',
      target: '/a',
      headers: { host: 'web' },
      body: bodyOf(new Uint8Array()),
      sourceIp: '',
      secure: false,
    };
    const answer = await guests.http(id, 80, request);
    if (typeof answer === 'string') throw new Error(answer);
    expect(await text(answer.body as AsyncIterable<Buffer>)).toBe('contained /a');
    expect(guests.consoleOutput(id)).toBe('booted\n');

    await ec2.stopInstances({ InstanceIds: [id] });
    expect((await after(120))?.running).toBe(false);
    expect(await guests.http(id, 80, request)).toBe('timeout');
    await ec2.startInstances({ InstanceIds: [id] });
    expect((await after(60))?.running).toBe(true);
    await ec2.terminateInstances({ InstanceIds: [id] });
    expect(await after(120)).toBeUndefined();
  } finally {
    await cloud.close();
  }
});

test('Docker guests: without an engine a cloud does not start, and says what to do', async () => {
  vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/engine.sock');
  await expect(startCloud({ guests: 'docker' })).rejects.toThrow(
    'There are no docker guests here: the engine at /nowhere/engine.sock',
  );
});

test('Logs: frames are put together, and output of a terminal is taken as it is', () => {
  expect(readFrames(Buffer.concat([frame('a\n'), frame('b\n')]))).toBe('a\nb\n');
  expect(readFrames(Buffer.from('plain output'))).toBe('plain output');
});
