// The tools that people write services with: what they write passes the check, and works.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
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
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
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

const page = (name: string): Promise<string> => readFile(join(root, 'docs/how-to', name), 'utf8');

/** Blocks of a page: `sh` without a file, `ts` for one. They stand under a number, so they are indented. */
const blocksOf = (text: string): { kind: string; path: string; code: string }[] =>
  [...text.matchAll(/^ {3}```(sh|ts (?:file|replace)=(\S+))\n([\s\S]*?)^ {3}```$/gm)].map(
    ([, kind = '', path = '', code = '']) => ({
      kind: kind.split('=')[0] ?? '',
      path,
      code: code.replaceAll(/^ {3}/gm, ''),
    }),
  );

/** Puts a handler or a test in place of the one that a tool wrote. */
async function replaceIn(file: string, code: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const begun = text.search(
    /(?:\/\*\*[^\n]*\n)?(?:export const \w+: Operation<'\w+'> = \(\) => \{\n {2}throw notImpl|test\('\w+: answers Not)/,
  );
  if (begun < 0) throw new Error(`${file} has nothing that is to be replaced`);
  const rest = text.slice(begun).replace(/^[\s\S]*?^\}\)?;\n/m, '');
  await writeFile(file, `${text.slice(0, begun)}${code}${rest}`.replace(/^import \{ notImplemented \}.*\n/m, ''));
}

/** As if the service of the pages were not built. */
async function forget(copy: string, service: string): Promise<void> {
  const file = join(copy, 'src/services/catalog.ts');
  const text = await readFile(file, 'utf8');
  const shelf = catalog[service]?.shelf ?? '';
  await writeFile(
    file,
    text.replace(new RegExp(`^  ${service}: \\{[\\s\\S]*?\\},?$`, 'm'), `  ${service}: { shelf: '${shelf}' },`),
  );
  await rm(join(copy, 'src/services', shelf, service), { recursive: true, force: true });
}

const check = (copy: string): Promise<Ran> => run(copy, 'npm', 'run', 'check');
const vitest = (copy: string, folder: string): Promise<Ran> =>
  run(copy, process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', folder);

test('how-to: followed step by step, the tools and the code make a service that passes the check', {
  timeout: 180_000,
}, async () => {
  const copy = await copyProject();
  await forget(copy, 'codecommit');
  const folder = 'src/services/developer-tools/codecommit';
  for (const name of ['add-a-service.md', 'add-an-operation.md'])
    for (const { kind, path, code } of blocksOf(await page(name))) {
      if (kind === 'ts file') await writeFile(join(copy, path), code);
      else if (kind === 'ts replace') await replaceIn(join(copy, path), code);
      else {
        for (const line of code.trim().split('\n')) {
          const [program = '', ...words] = line.split(' ');
          expect(await run(copy, program, ...words)).toMatchObject({ code: 0 });
        }
        // What the tools wrote says of itself that it is not written yet, and passes.
        if (name === 'add-a-service.md')
          expect(await vitest(copy, folder)).toMatchObject({
            code: 0,
            out: expect.stringContaining('answers NotImpl'),
          });
      }
    }
  const again = await run(copy, 'tools/new-operation', 'codecommit', 'CreateRepository');
  expect([again.code, again.out]).toEqual([1, expect.stringContaining('is there already')]);
  const unknown = await run(copy, 'tools/new-operation', 'codecommit', 'MakeCoffee');
  expect([unknown.code, unknown.out]).toEqual([1, expect.stringContaining('has no operation MakeCoffee')]);

  const [checked, tested] = await Promise.all([check(copy), vitest(copy, folder)]);
  expect([checked.code, checked.code === 0 ? '' : checked.out]).toEqual([0, '']);
  expect(tested).toMatchObject({ code: 0, out: expect.stringContaining('DeleteRepository: it is gone') });
  expect(tested.out).not.toContain('answers NotImplemented');
});
