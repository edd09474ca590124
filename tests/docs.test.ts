// The documentation is true: the examples of docs/admin-api.md are run, and links lead somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EC2 } from '@aws-sdk/client-ec2';
import { SSM } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { type RunningCloud, startCloud } from '../src/embed/index.ts';

const root = new URL('..', import.meta.url).pathname;
const page = readFileSync(join(root, 'docs/admin-api.md'), 'utf8');

interface Example {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  /** The answer as shown; undefined when it is not. */
  readonly shown: unknown;
}

function readExample(text: string): Example {
  const [command = '', ...answer] = text.split('\n');
  const words = /^curl (?:-X (\w+) )?"?\$HAKONIWA(\/[^\s"]*)"?(?: -d '(.*)')?$/.exec(command);
  if (words === null) throw new Error(`no example that can be read: ${command}`);
  const shown = answer.join('\n').trim();
  return {
    method: words[1] ?? 'GET',
    path: words[2] ?? '',
    body: words[3]?.replace(/'\$INSTANCE'/g, '$INSTANCE'),
    shown: shown === '' ? undefined : JSON.parse(shown),
  };
}

const examples = [...page.matchAll(/^```console\n\$ ([\s\S]*?)\n```$/gm)]
  .flatMap(([, block = '']) => block.split(/^\$ /m))
  .map((text) => readExample(text.trim()));

/** An instance in the default VPC, whose port 80 is open to all. */
async function startInstance(cloud: RunningCloud): Promise<string> {
  const ec2 = cloud.client(EC2);
  const name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
  const { Parameter } = await cloud.client(SSM).getParameter({ Name: name });
  const launch = { ImageId: Parameter?.Value, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const;
  const { Instances: [instance] = [] } = await ec2.runInstances(launch);
  const GroupId = instance?.SecurityGroups?.[0]?.GroupId;
  await ec2.authorizeSecurityGroupIngress({
    GroupId,
    IpProtocol: 'tcp',
    FromPort: 80,
    ToPort: 80,
    CidrIp: '0.0.0.0/0',
  });
  await cloud.clock.advance(60);
  return instance?.InstanceId as string;
}

/** Members of the answer that a cloud inside a program does not have, and those that are there only at times. */
const mayLack = ['nextJob', 'endpoint', 'iam', 'dataFolder', 'note'];
const members = (value: unknown): string[] =>
  Object.keys(value as object)
    .filter((name) => !mayLack.includes(name))
    .sort();

test('admin-api.md: every example answers with the members that it shows', { timeout: 120_000 }, async () => {
  await using cloud = await startCloud({ seed: 1, clock: { kind: 'frozen' }, startAt: new Date('2026-01-01') });
  const folder = await mkdtemp(join(tmpdir(), 'hakoniwa-docs-'));
  const house = `${await cloud.listen({ port: 0 })}/_hakoniwa`;
  let instance = await startInstance(cloud);
  for (const { method, path, body, shown } of examples) {
    const fill = (text: string): string => text.replaceAll('$INSTANCE', instance).replaceAll('"/tmp/', `"${folder}/`);
    const address = house + path.replaceAll('$INSTANCE', instance);
    const response = await fetch(address, { method, ...(body === undefined ? {} : { body: fill(body) }) });
    const answer = (await response.json()) as { readonly error?: { readonly code: string } };
    if (path === '/stop') {
      expect([response.status, answer.error?.code]).toEqual([409, 'Embedded']);
      continue;
    }
    const refusal = (shown as typeof answer | undefined)?.error?.code;
    expect(answer.error?.code, `${method} ${path}: ${JSON.stringify(answer)}`).toBe(refusal);
    expect(response.ok).toBe(refusal === undefined);
    if (shown !== undefined) expect([path, members(answer)]).toEqual([path, members(shown)]);
    if (path === '/reset') instance = await startInstance(cloud);
  }
  await rm(folder, { recursive: true });
});

test('admin-api.md: every path of the API has an example', async () => {
  await using cloud = await startCloud();
  const response = await fetch(`${await cloud.listen({ port: 0 })}/_hakoniwa/nope`);
  const { error } = (await response.json()) as { readonly error: { readonly remedy: string } };
  const known: string[] = error.remedy.match(/\/[a-z][\w/:-]*(?=[,.])/g)?.filter((path) => path !== '/_hakoniwa') ?? [];
  const used = examples.map(({ path }) => path.split('?')[0] ?? '');
  const shows = (path: string) => {
    const form = new RegExp(`^${path.replace(':name', '[^/]+')}$`);
    return used.some((one) => form.test(one));
  };
  expect(known.length).toBeGreaterThan(15);
  expect(known.filter((path) => !shows(path))).toEqual([]);
});

test('docs: links between pages and to sources lead somewhere', () => {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.md'),
  );
  const broken = pages.flatMap((path) => {
    const text = readFileSync(join(root, 'docs', path), 'utf8');
    return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^\w+:/.test(target) && !existsSync(join(root, 'docs', dirname(path), target)))
      .map((target) => `${path} → ${target}`);
  });
  expect(broken).toEqual([]);
});
