// The command line as people use it: real processes, one cloud.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { version } from '../../src/kernel/version.ts';
import { freePort, makeBuild, type Server, startServer } from '../durability/server.ts';

let folder: string;
let main: string;
let port: number;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hakoniwa-cli-'));
  main = join(makeBuild(), '../../cli/main.js');
  port = await freePort();
  server = await startServer(['--port', String(port), '--seed', '1', '--clock', 'frozen,2026-01-01T00:00:00Z']);
}, 120_000);
afterAll(async () => {
  await server.kill();
  await rm(folder, { recursive: true });
});

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `hakoniwa …`, for the cloud of these tests unless the environment says another. */
function hakoniwa(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', HAKONIWA_ENDPOINT: `http://127.0.0.1:${port}`, ...environment };
    const child = spawn(process.execPath, [main, ...words], { cwd: folder, env });
    let out = '';
    let err = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** The JSON that a command prints. */
// oxlint-disable-next-line typescript/no-explicit-any -- each test knows what it asked for
async function told(...words: string[]): Promise<any> {
  const { code, out, err } = await hakoniwa([...words, '--json']);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}

const config = () => ({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
const queues = async (): Promise<readonly string[]> => {
  const { QueueUrls = [] } = await new SQSClient(config()).send(new ListQueuesCommand({}));
  return QueueUrls.map((url) => url.split('/').at(-1) ?? '');
};
const createQueue = (QueueName: string) => new SQSClient(config()).send(new CreateQueueCommand({ QueueName }));

beforeEach(async () => {
  expect(await hakoniwa(['reset'])).toMatchObject({ code: 0 });
});

test('status: the cloud, its clock and its rows, for people and as JSON', async () => {
  await createQueue('q');
  const { code, out } = await hakoniwa(['status']);
  expect([code, out]).toEqual([0, expect.stringContaining('000000000000')]);
  expect(await told('status')).toMatchObject({
    version,
    pid: server.child.pid,
    seed: '1',
    clock: { now: '2026-01-01T00:00:00.000Z', mode: 'frozen' },
    state: { sqs: { queues: 1 } },
  });
});

test('clock: shown, moved by a duration and to an instant, let run, frozen', async () => {
  expect(await told('clock', 'advance', '30d')).toMatchObject({ now: '2026-01-31T00:00:00.000Z', mode: 'frozen' });
  expect(await told('clock', 'advance', '2026-03-01T00:00:00Z')).toMatchObject({ now: '2026-03-01T00:00:00.000Z' });
  expect(await told('clock', 'resume')).toMatchObject({ mode: 'real' });
  expect(await told('clock', 'scale', '60x')).toMatchObject({ mode: 'scaled', factor: 60 });
  expect(await told('clock', 'freeze')).toMatchObject({ mode: 'frozen' });
  expect((await hakoniwa(['clock'])).out).toContain('2026-03-01');
  const back = await hakoniwa(['clock', 'advance', '2026-01-01T00:00:00Z']);
  expect([back.code, back.out, back.err]).toEqual([1, '', expect.stringContaining('A clock does not go back')]);
});

test('snapshot: in memory by name, and in a file of the folder in which one stands', async () => {
  await createQueue('kept');
  await told('snapshot', 'save', 'before');
  await told('snapshot', 'save', './seeded.hakoniwa');
  expect((await readFile(join(folder, 'seeded.hakoniwa'))).byteLength).toBeGreaterThan(100);
  await hakoniwa(['reset']);
  expect(await queues()).toEqual([]);
  await told('snapshot', 'load', 'before');
  expect(await queues()).toEqual(['kept']);
  await hakoniwa(['reset']);
  await told('snapshot', 'load', './seeded.hakoniwa');
  expect(await queues()).toEqual(['kept']);
  expect((await hakoniwa(['snapshot', 'list'])).out).toContain('before');
  expect((await hakoniwa(['snapshot', 'delete', 'before'])).code).toBe(0);
  const gone = await hakoniwa(['snapshot', 'load', 'before']);
  expect([gone.code, gone.err]).toEqual([1, expect.stringMatching(/before[\s\S]*→/)]);
});

test('requests: the last ones as lines and as JSON, and each new one with --follow', async () => {
  await createQueue('q');
  await createQueue('q!').catch(() => undefined);
  expect((await hakoniwa(['requests'])).out).toMatch(/sqs\s+CreateQueue\s+200[\s\S]*sqs\s+CreateQueue\s+400/);
  const failed = await hakoniwa(['requests', '--errors', '--json']);
  expect(
    failed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).status),
  ).toEqual([400]);
  const follow = spawn(process.execPath, [
    main,
    'requests',
    '--follow',
    '--json',
    '--last',
    '0',
    '--endpoint',
    String(port),
  ]);
  const line = new Promise<string>((resolve) => follow.stdout.once('data', (text: Buffer) => resolve(text.toString())));
  // It has begun to listen when it hears of one of these.
  const heard = line.then(() => true);
  while (!(await Promise.race([heard, createQueue('q').then(() => false)])));
  expect(JSON.parse((await line).split('\n')[0] ?? '')).toMatchObject({ operation: 'CreateQueue', status: 200 });
  follow.kill('SIGKILL');
});

test('services: what is built of each, and the operations of one', async () => {
  expect((await hakoniwa(['services'])).out).toMatch(/sqs\s+integration\s+23 of 23/);
  expect(await told('services', 'sqs')).toMatchObject({
    modelled: 23,
    operations: expect.arrayContaining(['SendMessage']),
  });
  expect(await hakoniwa(['services', 'nosuch'])).toMatchObject({ code: 1, err: expect.stringContaining('no service') });
});

test('env: exports for a shell, with the endpoint of the cloud', async () => {
  const { out } = await hakoniwa(['env', '--shell', 'sh'], { AWS_PROFILE: 'work' });
  expect(out).toContain(`export AWS_ENDPOINT_URL='http://localhost:${port}'\n`);
  expect(out).toContain('unset AWS_PROFILE\n');
  expect((await hakoniwa(['env', '--shell', 'fish'])).out).toContain(
    `set -gx AWS_ENDPOINT_URL 'http://localhost:${port}'`,
  );
  expect((await hakoniwa(['env', '--shell', 'tcsh'])).code).toBe(2);
  expect(await told('env')).toMatchObject({ AWS_ACCESS_KEY_ID: 'test', AWS_REGION: 'us-east-1' });
});

test('run: the command sees the cloud that runs, and its exit code is passed on', async () => {
  const script = 'process.stdout.write(process.env.AWS_ENDPOINT_URL);process.exit(3)';
  expect(await hakoniwa(['run', '--endpoint', String(port), '--', process.execPath, '-e', script])).toMatchObject({
    code: 3,
    out: `http://localhost:${port}`,
  });
});

test('doctor: tells of the cloud, the clock and the environment, and ends with 1 when something is in the way', async () => {
  const well = await hakoniwa(['doctor'], { HTTP_PROXY: '', http_proxy: '', NO_PROXY: '*' });
  expect(well.out).toMatch(/✔ Node\.js[\s\S]*✔ port\s+Hakoniwa .* answers[\s\S]*clock\s+frozen/);
  const proxied = { HTTP_PROXY: 'http://proxy:3128', NO_PROXY: '', no_proxy: '' };
  const ill = await hakoniwa(['doctor'], proxied);
  expect([ill.code, ill.out]).toEqual([1, expect.stringContaining('export NO_PROXY=localhost,127.0.0.1')]);
});

test('fault: added, listed, felt, ended', async () => {
  const throttle = ['fault', 'add', 'api', 'sqs', '--operation', 'CreateQueue', '--effect', 'throttle', '--for', '10m'];
  expect(await told(...throttle)).toMatchObject({ id: 'fault-1', state: 'active' });
  const once = new SQSClient({ ...config(), maxAttempts: 1 });
  await expect(once.send(new CreateQueueCommand({ QueueName: 'q' }))).rejects.toMatchObject({
    name: expect.stringMatching(/Thrott/),
  });
  expect((await hakoniwa(['fault'])).out).toMatch(/fault-1\s+active/);
  expect((await hakoniwa(['fault', 'end', 'fault-1'])).code).toBe(0);
  await createQueue('q');
  const unknown = await hakoniwa(['fault', 'add', 'meteor', 'x']);
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('There is no kind of fault meteor')]);
});

test('trace, curl, guest: packets to an instance, what answers, and how its server does', async () => {
  const ssm = new SSMClient(config());
  const name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
  const launch = { ImageId: Parameter?.Value, InstanceType: 't3.micro', MinCount: 2, MaxCount: 2 } as const;
  const { Instances = [] } = await new EC2Client(config()).send(new RunInstancesCommand(launch));
  const [one = '', other = ''] = Instances.map(({ InstanceId }) => InstanceId ?? '');
  await told('clock', 'advance', '2m');
  const inside = await hakoniwa(['trace', '--from', one, '--to', `${other}:80`]);
  expect([inside.code, inside.out]).toEqual([0, expect.stringMatching(/delivered to eni-[\s\S]*security group/)]);
  const outside = await hakoniwa(['trace', '--from', 'internet', '--to', `${other}:80`]);
  expect([outside.code, outside.out]).toEqual([1, expect.stringContaining('security group')]);
  const address = Instances[1]?.PrivateIpAddress ?? '';
  expect((await hakoniwa(['curl', '--from', one, '-i', `http://${address}/`])).out).toMatch(
    new RegExp(`^200\\n[\\s\\S]*${other}`),
  );
  expect(await told('guest', other, '--sick', '503')).toMatchObject({ behaviour: { sick: 503 } });
  expect((await hakoniwa(['curl', '--from', one, '-i', `http://${address}/`])).out).toMatch(/^503\n/);
  expect((await hakoniwa(['guest', other, '--well'])).out).toContain('running, well');
});

test('a taken port: the second start says who has it, and what to do', async () => {
  const second = await hakoniwa(['start', '--port', String(port)]);
  expect([second.code, second.out]).toEqual([4, '']);
  expect(second.err).toContain(`A Hakoniwa runs at port ${port} already: process ${server.child.pid}`);
  expect(second.err).toContain(`hakoniwa stop --endpoint http://127.0.0.1:${port}`);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'start, stop: %s says what it does, and ends gracefully with 0',
  async (signal) => {
    const own = await freePort();
    const started = await startServer(['--port', String(own)]);
    const sqs = new SQSClient({ ...config(), endpoint: `http://127.0.0.1:${own}` });
    await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    started.child.kill(signal);
    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(started.said()).toContain('finishing what runs');
    const asked = await hakoniwa(['status'], { HAKONIWA_ENDPOINT: `http://127.0.0.1:${own}` });
    expect([asked.code, asked.err]).toEqual([3, expect.stringContaining('hakoniwa start')]);
  },
);

test('stop: ends the cloud, and returns when it is gone', async () => {
  const own = await freePort();
  const started = await startServer(['--port', String(own)]);
  const stopped = await hakoniwa(['stop', '--endpoint', String(own)]);
  expect([stopped.code, stopped.out]).toEqual([0, `Stopped (process ${started.child.pid}).\n`]);
  expect(await started.ended).toEqual({ code: 0, signal: null });
});

const commands = [
  ...[
    'start',
    'status',
    'stop',
    'reset',
    'clock',
    'snapshot',
    'services',
    'requests',
    'fault',
    'trace',
    'curl',
    'guest',
    'load',
    'connect',
    'certificate',
    'doors',
  ],
  ...['env', 'run', 'doctor'],
];

test('--help: names every command, and each command tells its own words and flags', async () => {
  const { out } = await hakoniwa(['--help']);
  const listed = [...out.matchAll(/^ {2}([a-z]+)(?: \[| <|\s{2,})/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'hakoniwa');
  expect(listed.filter((name) => name !== 'help' && name !== 'aws').sort()).toEqual(commands.toSorted());
  expect(out).toContain(
    'Exit codes: 0 done, 1 failed, 2 wrong command line, 3 no cloud at the endpoint, 4 the port is taken.',
  );
  const texts = await Promise.all(commands.map((name) => hakoniwa([name, '--help'])));
  for (const [at, { code, out: help }] of texts.entries())
    expect([code, help]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^Usage: hakoniwa ${commands[at]}\\b[\\s\\S]*-h, --help`)),
    ]);
  expect((await hakoniwa(['--version'])).out).toBe(`${version}\n`);
});
