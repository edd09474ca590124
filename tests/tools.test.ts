// The tools that people write services with: what they write passes the check, and works.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { catalog } from '../src/services/catalog.ts';

const root = new URL('..', import.meta.url).pathname;
const execute = promisify(execFile);

interface Ran {
  readonly code: number;
  readonly out: string;
}

const run = (cwd: string, program: string, ...words: readonly string[]): Promise<Ran> =>
  execute(program, words, { cwd, maxBuffer: 2 ** 24 }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout + error.stderr,
    }),
  );

/** The project's files without what is built of them. */
async function copyProject(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'hakoniwa-tools-'));
  const parts = ['src', 'tests', 'bench', 'tools', 'package.json', 'tsconfig.json', 'biome.json', '.oxlintrc.json'];
  for (const part of [...parts, 'vitest.config.ts']) await cp(join(root, part), join(copy, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

test('where: an operation’s handler with its line, a test that shows it, and AWS’s page', async () => {
  const { out } = await run(root, 'tools/where', 's3:GetObject');
  const [, path = '', line = '0'] = /handler {2}(src\/services\/storage\/s3\/\S+):(\d+)/.exec(out) ?? [];
  expect((await readFile(join(root, path), 'utf8')).split('\n')[Number(line) - 1]).toContain('GetObject');
  expect(out).toMatch(/ {2}test {5}src\/services\/storage\/s3\/object\.test\.ts:\d+ {2}.*GetObject/);
  expect(out).toContain('https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html');
});

test('where: a name without a service finds every service that has it; an unknown one is told as such', async () => {
  const { out } = await run(root, 'tools/where', 'getpublicaccessblock');
  expect(out.match(/^\S+$/gm)).toEqual(['s3:GetPublicAccessBlock', 's3-control:GetPublicAccessBlock']);
  expect(await run(root, 'tools/where', 'MakeCoffee')).toEqual({
    code: 1,
    out: 'No service has an operation MakeCoffee.\n',
  });
});

/** A service of which nothing is built, with two operations of its model. */
async function unbuilt(): Promise<{ readonly service: string; readonly operations: readonly string[] }> {
  const names = Object.keys(catalog).filter((name) => catalog[name]?.load === undefined);
  const service = names.findLast((name) => existsSync(join(root, 'node_modules/@aws-sdk', `client-${name}`))) ?? '';
  const model = JSON.parse(await readFile(join(root, `src/protocol/models/${service}.json`), 'utf8'));
  return { service, operations: Object.keys(model.operations).slice(0, 2) };
}

test('new-service, new-operation: what they write passes the check and its own tests', {
  timeout: 180_000,
}, async () => {
  const copy = await copyProject();
  const { service, operations } = await unbuilt();
  expect(await run(copy, 'tools/new-service', service)).toMatchObject({ code: 0 });
  for (const operation of operations)
    expect(await run(copy, 'tools/new-operation', service, operation)).toMatchObject({ code: 0 });
  const again = await run(copy, 'tools/new-operation', service, operations[0] ?? '');
  expect([again.code, again.out]).toEqual([1, expect.stringContaining('is there already')]);
  const unknown = await run(copy, 'tools/new-operation', service, 'MakeCoffee');
  expect([unknown.code, unknown.out]).toEqual([1, expect.stringContaining('has no operation MakeCoffee')]);

  const folder = `src/services/${catalog[service]?.shelf}/${service}`;
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', folder];
  const [checked, tested] = await Promise.all([
    run(copy, 'npm', 'run', 'check'),
    run(copy, process.execPath, ...vitest),
  ]);
  expect(checked).toMatchObject({ code: 0 });
  expect(tested.code).toBe(0);
  for (const operation of operations)
    expect(tested.out).toContain(`${operation}: answers NotImplemented until it is written`);
  await rm(copy, { recursive: true });
});
