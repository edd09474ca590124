// node tools/build.mjs [--if-stale] [--no-types]: bundles src/ into dist/.
//
//   dist/cli/main.js        the command          ┐ ES modules that share dist/chunk/*.js,
//   dist/embed/index.js     the library          ┘ so that a service is loaded at its first call
//   dist/embed/index.cjs    the library in one file, for Jest and other users of require()
//   dist/types, types-cjs   its types, for either kind of user
//   dist/**/*.json, …       data files that the code reads by path, in the same folders as in src/
//
// A module finds its data files by `new URL('table.json', import.meta.url)`. In a bundle that would be the bundle's place, so each
// module's own place is put there: all bundles lie one folder deep, hence `../<folder of the module>/`.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'src');
const place = join(root, 'dist');
// Made beside its place and moved at the end: whoever runs the old build meets it whole, or the new one.
const output = join(root, `dist.${process.pid}`);
const stamp = 'built.json';
const withTypes = !process.argv.includes('--no-types');
const ifStale = process.argv.includes('--if-stale');

const filesOf = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const isTest = (file) => file.endsWith('.test.ts') || file.includes('/fixtures/');
const sources = filesOf(source).filter((file) => !isTest(file));

/** What a build is made of: when none of it changed, there is nothing to do. */
const inputs = () =>
  [...sources, join(root, 'package.json'), join(root, 'package-lock.json'), fileURLToPath(import.meta.url)].filter(
    existsSync,
  );
const fingerprint = () => {
  const files = inputs();
  return { files: files.length, newestMs: Math.max(...files.map((file) => statSync(file).mtimeMs)) };
};

function isFresh() {
  if (!existsSync(join(place, stamp))) return false;
  const built = JSON.parse(readFileSync(join(place, stamp), 'utf8'));
  const now = fingerprint();
  return built.files === now.files && built.newestMs === now.newestMs && (built.types || !withTypes);
}

/** Puts a module's own place where it asks for `import.meta.url`. */
const ownPlace = (urlOfBundle) => ({
  name: 'own-place',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, (args) => {
      const text = readFileSync(args.path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const place = `../${relative(source, args.path).replaceAll('\\', '/')}`;
      return {
        contents: text.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)}, ${urlOfBundle}).href`),
        loader: 'ts',
      };
    });
  },
});

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external: ['lmdb'],
  mainFields: ['module', 'main'],
  minifyWhitespace: true,
  minifySyntax: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
};

async function bundle() {
  await build({
    ...shared,
    entryPoints: { 'cli/main': 'src/cli/main.ts', 'embed/index': 'src/embed/index.ts' },
    outdir: output,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk/[name]-[hash]',
    // CommonJS packages inside the bundle call require() for node's own modules.
    banner: {
      js: "import{createRequire as __makeRequire}from'node:module';const require=__makeRequire(import.meta.url);",
    },
    plugins: [ownPlace('import.meta.url')],
  });
  await build({
    ...shared,
    entryPoints: { 'embed/index': 'src/embed/index.ts' },
    outdir: output,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    // Jest cannot run import() in CommonJS; require() loads as lazily here.
    supported: { 'dynamic-import': false },
    banner: { js: "const __bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [ownPlace('__bundleUrl')],
  });
}

/** Tables of text, of which a cloud reads few: compressed, they are a seventh of their size. */
const isPackable = (file) => /[\\/]protocol[\\/](?:models|constraints)[\\/].*\.json$/.test(file);

/** Data files lie where they lie in src/. */
function copyData() {
  for (const file of sources) {
    if (extname(file) === '.ts' || extname(file) === '.md') continue;
    const target = join(output, relative(source, file));
    mkdirSync(dirname(target), { recursive: true });
    if (isPackable(file)) writeFileSync(`${target}.gz`, gzipSync(readFileSync(file), { level: 9 }));
    else copyFileSync(file, target);
  }
}

const partDeclaration = /declare module ["']\.[^"']*\/parts\.ts["']/;
const relativeModule = /((?:from |import\(|declare module )["']\.[^"']+)\.ts(["'])/g;

/** Declarations of the library and of what it names, with the `.js` endings that every resolver knows. */
function writeTypes() {
  const scratch = join(output, 'scratch');
  const args = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', scratch];
  const files = ['--rootDir', 'src', '--project', 'tools/types.tsconfig.json'];
  const tsc = join(root, 'node_modules/typescript-7/bin/tsc');
  const run = spawnSync(process.execPath, [tsc, ...args, ...files], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`declarations failed:\n${run.stdout}${run.stderr}`);
  const wanted = new Set();
  const visit = (file) => {
    if (wanted.has(file)) return;
    wanted.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, target] of text.matchAll(/(?:from |import\()["'](\.[^"']+)\.ts["']/g)) {
      visit(join(dirname(file), `${target}.d.ts`));
    }
  };
  visit(join(scratch, 'embed/index.d.ts'));
  // Parts declare themselves in the modules that make them, which nothing imports by name.
  const parts = filesOf(scratch).filter((file) => partDeclaration.test(readFileSync(file, 'utf8')));
  for (const file of parts) visit(file);
  const partImports = parts.map((file) => {
    const path = relative(join(scratch, 'embed'), file).replaceAll('\\', '/');
    return `import type {} from '${path.replace(/\.d\.ts$/, '.js')}';\n`;
  });
  for (const [folder, type] of [
    ['types', 'module'],
    ['types-cjs', 'commonjs'],
  ]) {
    for (const file of wanted) {
      const target = join(output, folder, relative(scratch, file));
      mkdirSync(dirname(target), { recursive: true });
      const text = readFileSync(file, 'utf8').replaceAll(relativeModule, '$1.js$2');
      const first = file.endsWith('embed/index.d.ts');
      const head = first ? `/// <reference lib="esnext.disposable" />\n${partImports.join('')}` : '';
      writeFileSync(target, head + text);
    }
    writeFileSync(join(output, folder, 'package.json'), `${JSON.stringify({ type })}\n`);
  }
  rmSync(scratch, { recursive: true });
}

/** Moves the new build to its place. */
function putInPlace() {
  const former = `${output}.former`;
  if (existsSync(place)) renameSync(place, former);
  renameSync(output, place);
  rmSync(former, { recursive: true, force: true });
}

/** One build at a time: tests that need one may ask at once. A build that was killed leaves its lock, which ages. */
function waitForTurn() {
  const lock = join(root, 'build.lock');
  const oldestMs = 120_000;
  for (;;) {
    try {
      mkdirSync(lock);
      process.on('exit', () => rmSync(lock, { recursive: true, force: true }));
      return;
    } catch {
      const age = existsSync(lock) ? Date.now() - statSync(lock, { throwIfNoEntry: false })?.mtimeMs : 0;
      if (age > oldestMs) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

if (ifStale && isFresh()) process.exit(0);
waitForTurn();
if (ifStale && isFresh()) process.exit(0);
const started = performance.now();
const made = fingerprint();
try {
  mkdirSync(output, { recursive: true });
  await bundle();
  copyData();
  chmodSync(join(output, 'cli/main.js'), 0o755);
  if (withTypes) writeTypes();
  writeFileSync(join(output, stamp), `${JSON.stringify({ ...made, types: withTypes })}\n`);
  putInPlace();
} finally {
  rmSync(output, { recursive: true, force: true });
}
const sizeBytes = filesOf(place).reduce((sum, file) => sum + statSync(file).size, 0);
console.error(
  `built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s, ${(sizeBytes / 2 ** 20).toFixed(1)} MiB`,
);
