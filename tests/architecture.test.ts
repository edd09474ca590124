// The law of the house, kept by a test: who may import whom, who may read the time, how long a file may be, what is not written.
// docs/architecture.md says why. An exception stands in a list here, and a list may only shrink: an entry without need fails too.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const source = new URL('../src', import.meta.url).pathname;

interface Import {
  readonly target: string;
  /** False for `import type`, and where every name is a type. */
  readonly value: boolean;
  /** `import('…')`: when the code is reached, not when the module is loaded. */
  readonly lazy: boolean;
}

interface Module {
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const withoutComments = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .replaceAll(/(^|[\s;{}(,])\/\/.*$/gm, '$1');

function importsOf(path: string, code: string): Import[] {
  const resolved = (target: string): string => relative(source, join(source, dirname(path), target));
  const found: Import[] = [];
  const statements = /^(?:import|export)\s+(type\s)?([\w*${}\s,]*?)\s*from\s*'(\.[^']*)'|^import\s*'(\.[^']*)'/gm;
  for (const [, type, names = '', from, bare] of code.matchAll(statements)) {
    const target = from ?? bare ?? '';
    const list = /\{([^}]*)\}/
      .exec(names)?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const onlyTypes = list !== undefined && list.length > 0 && list.every((name) => name.startsWith('type '));
    found.push({ target: resolved(target), value: type === undefined && !onlyTypes, lazy: false });
  }
  for (const [, before, target = ''] of code.matchAll(/(typeof\s+|:\s*)?\bimport\(\s*'(\.[^']*)'\s*\)/g)) {
    found.push({ target: resolved(target), value: before === undefined, lazy: true });
  }
  return found;
}

const modules: readonly Module[] = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replaceAll('\\', '/'))
  .map((path) => {
    const text = readFileSync(join(source, path), 'utf8');
    const code = withoutComments(text);
    return { path, text, code, imports: importsOf(path, code) };
  });
const isTest = ({ path }: { readonly path: string }): boolean =>
  /\.test\.ts$|(?:^|[/.])(?:fixture|testing)\.ts$/.test(path);
const product = modules.filter((module) => !isTest(module));

/** EC2 is one API of 823 operations; its networks stand on the networking shelf, and are served by the same service. */
const partOf: Readonly<Record<string, string>> = { 'services/networking/vpc': 'services/compute/ec2' };

/** `services/storage/s3/object.ts` belongs to `services/storage/s3`, `kernel/clock.ts` to `kernel`, `cloud.ts` to itself. */
function homeOf(path: string): string {
  const parts = path.split('/');
  if (parts[0] !== 'services' || parts.length <= 3) return parts[0] ?? path;
  const folder = parts.slice(0, 3).join('/');
  return partOf[folder] ?? folder;
}

/** APIs of one AWS product that share its state: who may use whose, and not the other way round. */
const relatives: Readonly<Record<string, string>> = {
  'services/security/sts': 'services/security/iam', // sessions are IAM's principals
  'services/database/dynamodb-streams': 'services/database/dynamodb', // reads the changes of its tables
  'services/compute/ebs': 'services/compute/ec2', // reads and writes its snapshots
  'services/networking/elastic-load-balancing': 'services/networking/elastic-load-balancing-v2', // nodes, health, cookies and names are the same
  'services/storage/s3-control': 'services/storage/s3', // access points and jobs of its buckets
};

/** Who may import whom; `types` only as types. */
const law: Readonly<Record<string, { readonly values: readonly string[]; readonly types?: readonly string[] }>> = {
  kernel: { values: [] },
  protocol: { values: ['kernel'] },
  network: { values: ['kernel'] },
  faults: { values: ['kernel'] },
  billing: { values: ['kernel'] },
  traffic: { values: ['kernel', 'network'], types: ['guests'] },
  guests: { values: ['kernel', 'network'], types: ['traffic'] },
  engines: { values: ['kernel'], types: ['network'] },
  service: { values: ['kernel', 'network'], types: ['engines', 'guests', 'traffic', 'faults'] },
  review: { values: ['kernel', 'network', 'billing', 'faults'] },
  admin: { values: ['kernel', 'network', 'billing', 'faults'] },
  // The road's first and last steps call a cloud, and are called by it.
  gateway: { values: ['kernel', 'protocol'], types: ['cloud.ts'] },
  embed: { values: ['kernel', 'cloud.ts', 'gateway', 'admin'], types: ['protocol'] },
  cli: { values: ['kernel', 'cloud.ts', 'gateway', 'admin'] },
};

/** The catalogue names services; these build the cloud of all parts. */
const mayAll = [
  'arrival.ts',
  'cloud.ts',
  'door-list.ts',
  'drawing.ts',
  'inventory.ts',
  'option.ts',
  'parts.ts',
  'permission.ts',
  'services/catalog.ts',
];

function breaks({ path }: Module, { target, value }: Import): boolean {
  if (mayAll.includes(path)) return false;
  const home = homeOf(path);
  const there = homeOf(target);
  if (home === there || relatives[home] === there) return false;
  if (home.startsWith('services/') && there.startsWith('services/')) return value || !target.endsWith('/facts.ts');
  const rule = law[home.startsWith('services/') ? 'service' : home];
  if (rule === undefined) return true;
  return !rule.values.includes(there) && (value || !(rule.types ?? []).includes(there));
}

test('imports: every folder imports only what the law allows', () => {
  const broken = product.flatMap((module) =>
    module.imports.filter((found) => breaks(module, found)).map(({ target }) => `${module.path} → ${target}`),
  );
  expect([...new Set(broken)].sort()).toEqual([]);
});

test('imports: no cycle of modules that load each other', () => {
  const edges = new Map(
    product.map(({ path, imports }) => [
      path,
      imports.filter(({ value, lazy }) => value && !lazy).map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

test('imports: the only barrel is embed/index.ts', () => {
  const statement = /^(?:import|export)\b[\w*${}\s,]*\bfrom\s*'[^']*';?/gm;
  const isBarrel = ({ code }: Module): boolean =>
    /^export\b/m.test(code) && code.replaceAll(statement, '').trim() === '';
  const barrels = product.filter((module) => module.path !== 'embed/index.ts' && isBarrel(module));
  expect(barrels.map(({ path }) => path)).toEqual([]);
});

/** Where the machine's time, timers and randomness may be read. */
const worldly = /^(?:kernel\/(?:clock|random)\.ts|gateway\/|guests\/|engines\/|cli\/)/;
const worldlyWords = [
  /\bDate\.now\(/,
  /\bnew Date\(\)/,
  /\bset(?:Timeout|Interval)\(/,
  /\bMath\.random\(/,
  /\brandom(?:UUID|Bytes|Int|FillSync|Fill)\(/,
  /\bgetRandomValues\(/,
  /\bperformance\.now\(/,
  /\bhrtime\b/,
  /timers\/promises/,
];

test('time and chance: nobody reads the machine’s clock, timers or randomness', () => {
  const readers = product
    .filter(({ path }) => !worldly.test(path))
    .flatMap(({ path, code }) =>
      code
        .split('\n')
        .flatMap((line, at) =>
          worldlyWords.some((word) => word.test(line)) ? [`${path}:${at + 1} ${line.trim()}`] : [],
        ),
    );
  expect(readers).toEqual([]);
});

const longestLines = 500;
/** Files that are longer today, and how long. An entry may shrink, and must go once the file is within the limit. */
const longFiles: Readonly<Record<string, number>> = { 'network/trace.test.ts': 675 };

test(`size: no file has more than ${longestLines} lines`, () => {
  const tooLong = modules
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > (longFiles[path] ?? longestLines));
  expect(tooLong).toEqual([]);
  const shrunk = Object.keys(longFiles).filter((path) => {
    const module = modules.find((one) => one.path === path);
    return module === undefined || module.text.split('\n').length - 1 <= longestLines;
  });
  expect(shrunk).toEqual([]);
});

const badNames = /(?:^|\/)(?:utils?|helpers?|common|misc|base|manager|types)\.ts$/;

test('names: files are kebab-case nouns, and none is a drawer for anything', () => {
  const wrong = product.map(({ path }) => path).filter((path) => badNames.test(path) || /[A-Z_ ]/.test(path));
  expect(wrong).toEqual([]);
});

/** What a finished text does not say. */
const unfinished =
  /\b(?:TODO|FIXME|XXX|HACK|WIP)\b|\bfor now\b|\btemporar(?:y|ily) (?:hack|fix|workaround)\b|\bnot (?:yet )?implemented yet\b/i;

test('words: nothing is put off in the sources', () => {
  const found = product.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) => (unfinished.test(line) ? [`${path}:${at + 1} ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});

/** Not even a test may be switched off or run alone. */
test('tests: none is skipped, and none runs alone', () => {
  const switched = /\b(?:test|it|describe)\.(?:only|skip|todo|fails)\b/;
  expect(modules.filter(({ path, code }) => isTest({ path }) && switched.test(code)).map(({ path }) => path)).toEqual(
    [],
  );
});
