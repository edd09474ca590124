// node tools/services-docs.mjs [--check]: writes docs/services/: a page for each service, and README.md with all of them.
//
// What a page says is read from the sources: operations from the tables of contents (loaded, as the cloud loads them), limits from
// limits.ts and `Limit:` lines, what differs and what is unknown from comments, behaviours from the names of tests.
import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import {
  behavioursOf,
  catalog,
  filesIn,
  foldersOf,
  limitsIn,
  modelledOperations,
  productFiles,
  remarksIn,
  root,
  sharesFolder,
  testFiles,
  testsIn,
  withoutBehaviours,
} from './service-tree.mjs';
import { finish, keepOnly, writeTable } from './table-file.mjs';

const folder = 'docs/services';
const limitFiles = productFiles.filter((path) => path.endsWith('/limits.ts'));

/** Loads TypeScript as a bundle: the inventory, and the numbers of all limits. */
async function load() {
  const outdir = join(root, 'build', `services-docs-${process.pid}`);
  const lines = limitFiles.map((path) => `${JSON.stringify(path)}: await import('./${path}')`);
  const contents = `import { inventory } from './src/inventory.ts';
export const services = await inventory();
export const limits = { ${lines.join(', ')} };`;
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['lmdb'],
    mainFields: ['module', 'main'],
    logLevel: 'warning',
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import{createRequire as __makeRequire}from'node:module';const require=__makeRequire(import.meta.url);",
    },
  });
  try {
    return await import(pathToFileURL(join(outdir, 'stdin.mjs')).href);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

const { services, limits } = await load();

const isQuota = (value) => typeof value === 'object' && value !== null && 'code' in value && 'value' in value;
const number = (value) => value.toLocaleString('en-US', { maximumFractionDigits: 20 });
const linkTo = (path) => `[${path.replace(/^src\/services\//, '')}](${relative(folder, path).replaceAll('\\', '/')})`;
/** Angle brackets and pipes of comments mean themselves. */
const plain = (text) => text.replaceAll('|', '\\|').replaceAll(/<(?=[^`]*(?:`[^`]*`[^`]*)*$)/g, '&lt;');

/** What a limit is, as a reader wants it: a number, a default that a quota can raise, or the words of the source. */
function valueOf(path, { name, written }) {
  const module = limits[path];
  const value = name in module ? module[name] : Object.values(module).find((all) => all?.[name] !== undefined)?.[name];
  if (isQuota(value)) return `${number(value.value)} (quota \`${value.code}\` of ${value.service})`;
  if (typeof value === 'number') return number(value);
  return `\`${plain(written)}\``;
}

function limitLines(files) {
  const numbers = files
    .filter((path) => limitFiles.includes(path))
    .flatMap((path) => limitsIn(path).map((limit) => [path, limit]))
    .map(([path, limit]) => `| \`${limit.name}\` | ${valueOf(path, limit)} | ${plain(limit.meaning)} |`);
  const sentences = remarksOf(files, 'Limit').map(({ path, sentence, subject, below }) => {
    const literal = /= (-?[\d_.]+);$/.exec(below)?.[1];
    const shown = literal === undefined ? '' : ` (${number(Number(literal.replaceAll('_', '')))})`;
    return `- ${subjectOf(subject)}${plain(sentence).replace(/\.$/, '')}${shown} · ${linkTo(path)}`;
  });
  const table = numbers.length === 0 ? [] : ['| Limit | Value | Meaning |', '|---|---|---|', ...numbers, ''];
  return [...table, ...sentences];
}

const remarksOf = (files, kind) =>
  files.flatMap((path) =>
    remarksIn(path)
      .filter((remark) => remark.kind === kind)
      .map((remark) => ({ path, ...remark })),
  );

/** What the sentence is said of: an operation, or the function that keeps it. */
const subjectOf = (subject) => (subject === undefined ? '' : `\`${subject}\`: `);

const remarkLines = (files, kind) =>
  remarksOf(files, kind).map(
    ({ path, sentence, subject }) => `- ${subjectOf(subject)}${plain(sentence)} · ${linkTo(path)}`,
  );

const shown = testFiles.flatMap((path) =>
  testsIn(path).flatMap((test) => behavioursOf(test.name).map((id) => ({ id, ...test }))),
);
const prefixOf = (id) => id.slice(0, id.lastIndexOf('-'));

/** The service in whose folders most tests show behaviours of a prefix (`EBS` → `ec2`); undefined for those that journeys show. */
function ownerOf(prefix) {
  const counts = services
    .filter(({ name }) => !sharesFolder(name))
    .map(({ name }) => {
      const files = new Set(filesIn(foldersOf(name), testFiles));
      return [name, shown.filter(({ id, path }) => prefixOf(id) === prefix && files.has(path)).length];
    })
    .sort((one, other) => other[1] - one[1]);
  const outside = shown.filter(({ id, path }) => prefixOf(id) === prefix && !path.startsWith('src/services/'));
  return counts[0]?.[1] > 0 && counts[0][1] >= outside.length ? counts[0][0] : undefined;
}
const owners = new Map([...new Set(shown.map(({ id }) => prefixOf(id)))].map((prefix) => [prefix, ownerOf(prefix)]));

const byId = (one, other) => one.id.localeCompare(other.id, 'en') || one.path.localeCompare(other.path, 'en');
const behaviourLines = (tests) =>
  tests.toSorted(byId).map(({ id, name, path }) => `| ${id} | ${plain(withoutBehaviours(name))} | ${linkTo(path)} |`);
const behaviourTable = (tests) =>
  tests.length === 0 ? [] : ['| Behaviour | Test | File |', '|---|---|---|', ...behaviourLines(tests)];

const section = (title, lines) => (lines.length === 0 ? [] : [`## ${title}`, '', ...lines, '']);
const generated = 'Made by `npm run docs` from the sources; do not edit.';
const percent = ({ operations, modelled }) => `${Math.floor((100 * operations.length) / modelled)} %`;

function pageOf(service) {
  const { name, shelf, operations, modelled } = service;
  const folders = foldersOf(name);
  const missing = modelledOperations(name).filter((operation) => !operations.includes(operation));
  const head = [
    `# ${name}`,
    '',
    generated,
    '',
    operations.length === 0
      ? `Nothing of it is built: each of its ${modelled} operations answers \`NotImplemented\`.`
      : `${operations.length} of ${modelled} operations (${percent(service)}), shelf ${shelf}, in ${folders.map(linkTo).join(' and ')}. What is not built answers \`NotImplemented\`.`,
    '',
  ];
  const lists = [
    ...section('Operations', [operations.map((operation) => `\`${operation}\``).join(' ')]),
    ...section('Not built', missing.length === 0 ? [] : [missing.map((operation) => `\`${operation}\``).join(' ')]),
  ];
  if (operations.length === 0) return [...head, ...lists];
  if (sharesFolder(name)) {
    const owner = services.find((other) => catalog[other.name].entry === `${folders[0]}/service.ts`)?.name;
    return [...head, `Limits, differences and behaviours stand with [${owner}](${owner}.md).`, '', ...lists];
  }
  const files = filesIn(folders, productFiles);
  const own = new Set(filesIn(folders, testFiles));
  const tests = shown.filter(
    ({ id, path }) => own.has(path) || (!path.startsWith('src/services/') && owners.get(prefixOf(id)) === name),
  );
  return [
    ...head,
    ...lists,
    ...section('Limits', limitLines(files)),
    ...section('Differs from AWS', remarkLines(files, 'Differs')),
    ...section('Unknown of AWS', remarkLines(files, 'Unknown')),
    ...section('Behaviours shown', behaviourTable(tests)),
  ];
}

function contents(built) {
  const rows = services
    .toSorted((one, other) => one.shelf.localeCompare(other.shelf, 'en') || one.name.localeCompare(other.name, 'en'))
    .map(({ name, shelf, operations, modelled }) => {
      const done = operations.length;
      return `| ${shelf} | [${name}](${name}.md) | ${done > 0 ? done : '–'} | ${modelled} |`;
    });
  const house = productFiles.filter((path) => !path.startsWith('src/services/'));
  const foundation = shown.filter(({ id, path }) => !path.startsWith('src/services/') && !owners.get(prefixOf(id)));
  const operations = built.reduce((sum, service) => sum + service.operations.length, 0);
  return [
    '# Services',
    '',
    generated,
    '',
    `${operations} operations of ${built.length} services. Of the other services the API is known: their operations answer \`NotImplemented\`.`,
    '',
    '| Shelf | Service | Operations built | In its model |',
    '|---|---|---:|---:|',
    ...rows,
    '',
    ...section('Differs from AWS, whatever the service', remarkLines(house, 'Differs')),
    ...section('Unknown of AWS, whatever the service', remarkLines(house, 'Unknown')),
    ...section('Behaviours shown outside of services', behaviourTable(foundation)),
  ];
}

const built = services.filter(({ operations }) => operations.length > 0);
const write = (name, lines) => writeTable(`${folder}/${name}`, `${lines.join('\n').trimEnd()}\n`);
for (const service of services) write(`${service.name}.md`, pageOf(service));
write('README.md', contents(built));
if (existsSync(join(root, folder))) keepOnly(folder, ['README.md', ...services.map(({ name }) => `${name}.md`)]);
finish(folder);
