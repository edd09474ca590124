// Reads the sources for the tools that tell about services: which folder is whose, where an operation's handler stands, which tests show
// it, what comments say.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const texts = new Map();

/** The text of a file, by its path below the project. */
export function textOf(path) {
  if (!texts.has(path)) texts.set(path, readFileSync(join(root, path), 'utf8'));
  return texts.get(path);
}

/** Paths of all files of a folder, sorted, with `/` on every system. */
const filesOf = (folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .sort();

const isTest = (path) => path.endsWith('.test.ts');
const isFixture = (path) => /(?:^|[/.])(?:fixture|testing)\.ts$/.test(path);

const sources = filesOf('src');
export const testFiles = [...sources, ...filesOf('tests')].filter(isTest);
export const productFiles = sources.filter((path) => !isTest(path) && !isFixture(path));

/** The catalogue's lines: service → shelf, and the module of its table of contents when something of it is built. */
export const catalog = Object.fromEntries(
  [...textOf('src/services/catalog.ts').matchAll(/^ {2}'?([\w-]+)'?: \{([\s\S]*?)\},?$/gm)].flatMap(
    ([, name, line]) => {
      const shelf = /shelf: '([\w-]+)'/.exec(line)?.[1];
      const module = /import\('\.\/([^']+)'\)/.exec(line)?.[1];
      return shelf === undefined ? [] : [[name, { shelf, entry: module && `src/services/${module}` }]];
    },
  ),
);

function importsOf(path) {
  const targets = [...textOf(path).matchAll(/^(?:import|export)\s[^;]*?from '(\.[^']*)'/gm)].map(([, target]) =>
    posix.normalize(`${posix.dirname(path)}/${target}`),
  );
  return targets.filter((target) => target.startsWith('src/services/') && existsSync(join(root, target)));
}

/** Modules of services that an entry reaches, nearest first. */
function reach(entry) {
  const found = new Set([entry]);
  for (const path of found) for (const target of importsOf(path)) found.add(target);
  return [...found];
}

/** Folders of a service: that of its table of contents, and those without one of their own that it imports from (EC2's networks). */
export function foldersOf(service) {
  const { entry } = catalog[service] ?? {};
  if (entry === undefined) return [];
  const own = dirname(entry);
  const taken = new Set(
    Object.values(catalog).flatMap((line) => (line.entry === undefined ? [] : [homeOf(line.entry)])),
  );
  const more = importsOf(entry).map(homeOf);
  return [own, ...new Set(more.filter((folder) => folder !== own && !taken.has(folder)))];
}

/** `src/services/storage/s3/object.ts` → `src/services/storage/s3`. */
const homeOf = (path) => path.split('/').slice(0, 4).join('/');

/** Two APIs of one product share a folder: its comments are told with the one whose `service.ts` stands there. */
export const sharesFolder = (service) =>
  catalog[service]?.entry !== undefined && !catalog[service].entry.endsWith('/service.ts');

export const filesIn = (folders, files) =>
  files.filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)));

const lineAt = (text, index) => text.slice(0, index).split('\n').length;

/** Where the handler of an operation stands: `{ path, line, index }`, or undefined. */
export function handlerOf(service, operation) {
  const { entry } = catalog[service] ?? {};
  if (entry === undefined) return undefined;
  const modules = reach(entry);
  const folders = foldersOf(service);
  const near = [...modules.filter((path) => folders.includes(homeOf(path))), ...modules];
  const exported = new RegExp(`^export (?:async )?(?:const|function) ${operation}\\b`, 'm');
  for (const path of near) {
    const match = exported.exec(textOf(path));
    if (match) return { path, line: lineAt(textOf(path), match.index), index: match.index };
  }
  // A handler by another name says whose output it gives.
  for (const path of near) {
    const text = textOf(path);
    const at = text.lastIndexOf(`Output<'${operation}'>`);
    const index = at < 0 ? -1 : text.lastIndexOf('\nexport ', at) + 1;
    if (index > 0) return { path, line: lineAt(text, index), index };
  }
  const index = textOf(entry).search(new RegExp(`^ *${operation}\\b`, 'm'));
  return index < 0 ? undefined : { path: entry, line: lineAt(textOf(entry), index), index };
}

/** AWS's page of an operation: the one that its handler names, else by the address that the service's other pages have. */
export function pageOf(service, operation) {
  const exact = new RegExp(`https://docs\\.aws\\.amazon\\.com/\\S+/API_(?:[a-z]+_)?${operation}\\.html`);
  const counts = new Map();
  for (const path of filesIn(foldersOf(service), productFiles)) {
    const found = exact.exec(textOf(path));
    if (found) return found[0];
    for (const [, base] of textOf(path).matchAll(/(https:\/\/docs\.aws\.amazon\.com\/\S+\/API_(?:[a-z]+_)?)\w+\.html/g))
      counts.set(base, (counts.get(base) ?? 0) + 1);
  }
  const [base] = [...counts].sort((one, other) => other[1] - one[1])[0] ?? [];
  return base && `${base}${operation}.html`;
}

/** Names of tests as written: the first text after `test(`, `test.each(…)(`, `describe(`. */
export function testsIn(path) {
  const text = textOf(path);
  const starts = /^ *(?:test|it|describe)\b(?:\.\w+)*\s*\(|^ *\}?\]?\)\(|^ {2}(?=['"`])/gm;
  const tests = [];
  for (const match of text.matchAll(starts)) {
    const after = text.slice(match.index + match[0].length);
    const name = /^\s*(['"`])((?:\\.|(?!\1)[^\n\\])+)\1\s*,/.exec(after)?.[2];
    if (name !== undefined)
      tests.push({ path, line: lineAt(text, match.index), name: name.replaceAll(/\\(['"`])/g, '$1') });
  }
  return tests;
}

const behaviour = /\b[A-Z][A-Z0-9]{0,7}-\d{2}\b/g;
const behavioursFirst = /^(?:[A-Z][A-Z0-9]{0,7}-\d{2}[,: ]+)+/;

/** Behaviour IDs of a test's name: those in parentheses, or before its first word. */
export const behavioursOf = (name) =>
  [...name.matchAll(/\(([^()]*)\)/g), ...name.matchAll(/^()((?:[A-Z][A-Z0-9]{0,7}-\d{2}[,: ]+)+)/g)].flatMap(
    ([, inside, first]) => {
      const range = /^([A-Z][A-Z0-9]{0,7})-(\d{2})(?:…|–| to )(?:\1-)?(\d{2})$/.exec(inside);
      if (range === null) return (first ?? inside).match(behaviour) ?? [];
      const [, prefix, from, to] = range;
      const count = Number(to) - Number(from) + 1;
      return Array.from({ length: count }, (_, at) => `${prefix}-${String(Number(from) + at).padStart(2, '0')}`);
    },
  );

/** A test's name without the behaviours that it shows. */
export const withoutBehaviours = (name) =>
  name.replace(behavioursFirst, '').replace(/\s*\([A-Z][A-Z0-9]{0,7}-\d{2}[^()]*\)/g, '');

/** Tests whose name tells of an operation, and files whose tests call it. */
export function testsOf(service, operation) {
  const folders = foldersOf(service);
  const word = new RegExp(`\\b${operation}\\b`);
  const method = operation[0].toLowerCase() + operation.slice(1);
  const call = new RegExp(`\\.${method}\\(|\\b${operation}Command\\(|['"]${operation}['"]`);
  const files = testFiles.filter((path) => filesIn(folders, [path]).length > 0 || !path.startsWith('src/services/'));
  return {
    named: files.flatMap((path) => testsIn(path).filter(({ name }) => word.test(name))),
    calling: files.filter((path) => call.test(textOf(path))),
  };
}

const declaration = /^\s*(?:export )?(?:const|function|class|interface|async function) (\w+)/;
const member = /^\s*(?:export const )?(\w+)(?::| =)/;

/** Comments of a file, each with the text of its lines and what is declared right below it. */
function commentsIn(path) {
  const found = [];
  const pattern = /((?:^[ \t]*\/\/.*\n)+)|^[ \t]*\/\*\*([\s\S]*?)\*\/[ \t]*\n/gm;
  const text = textOf(path);
  for (const match of text.matchAll(pattern)) {
    const lines = (match[1] ?? match[2])
      .split('\n')
      .map((line) => line.replace(match[1] ? /^\s*\/\/ ?/ : /^\s*\*? ?/, '').trimEnd());
    found.push({ lines, below: text.slice(match.index + match[0].length).split('\n', 1)[0] });
  }
  return found;
}

/** `Differs:`, `Unknown:` and `Limit:` lines of a file: `{ kind, sentence, subject, below }`. */
export function remarksIn(path) {
  const remarks = [];
  for (const { lines, below } of commentsIn(path)) {
    let open;
    for (const line of lines.flatMap((whole) => whole.split(/(?=\b(?:Differs|Unknown|Limit|Default): )|(?=@see )/))) {
      const start = /^(Differs|Unknown|Limit|Default): (.*)$/.exec(line.trim());
      if (start) {
        open = { kind: start[1], sentence: start[2].trim(), subject: declaration.exec(below)?.[1], below };
        remarks.push(open);
      } else if (line.trim() === '' || /^(?:@|https?:)/.test(line.trim())) open = undefined;
      else if (open !== undefined) open.sentence += ` ${line.trim()}`;
    }
  }
  return remarks;
}

/** Numbers of a `limits.ts`: `{ name, meaning, written }`. */
export function limitsIn(path) {
  const lines = textOf(path).split('\n');
  return lines.flatMap((line, at) => {
    const name = /^(?:export const| {2})/.test(line) ? member.exec(line)?.[1] : undefined;
    if (name === undefined || /[{[(]$/.test(line) || /=>/.test(line)) return [];
    const written = line.replace(/^[^:=]*?(?:: \w+ =|=|:)\s*/, '').replace(/[;,]?\s*(?:\/\/.*)?$/, '');
    return [{ name, meaning: meaningAbove(lines, at), written }];
  });
}

function meaningAbove(lines, at) {
  let from = at - 1;
  if (!lines[from]?.trim().endsWith('*/')) return '';
  while (from > 0 && !lines[from].trim().startsWith('/**')) from--;
  const text = lines
    .slice(from, at)
    .map((line) =>
      line
        .trim()
        .replace(/^\/?\*+\/? ?/, '')
        .replace(/\s*\*\/$/, ''),
    )
    .filter(Boolean)
    .join(' ');
  return text.replace(/\s*@see.*$/, '').replace(/\s*(?:Differs|Unknown): .*$/, '');
}

/** Names of all operations of a service's model. */
export const modelledOperations = (service) => {
  const path = `src/protocol/models/${service}.json`;
  return existsSync(join(root, path)) ? Object.keys(JSON.parse(textOf(path)).operations) : [];
};
