// Writing sources for the two tools that begin a service or an operation: files in the house's form, formatted by the house's formatter.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './service-tree.mjs';

/** Ends the tool with what is wrong and what to do. */
export function refuse(message, code = 1) {
  console.error(message);
  process.exit(code);
}

const written = [];

export function writeNew(path, text) {
  const target = join(root, path);
  if (existsSync(target)) refuse(`${path} is there already.`);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  written.push(path);
}

/** Changes a file by a function of its text. */
export function edit(path, change) {
  const target = join(root, path);
  const before = readFileSync(target, 'utf8');
  const after = change(before);
  if (after === before) return;
  writeFileSync(target, after);
  written.push(path);
}

/** Formats what was written, and says what that is. */
export function tellWritten() {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const formatted = spawnSync(process.execPath, [biome, 'format', '--write', ...written], {
    cwd: root,
    encoding: 'utf8',
  });
  if (formatted.status !== 0) refuse(formatted.stderr);
  for (const path of new Set(written)) console.log(path);
}

/** `GetSecretValue` → `get-secret-value`, `DBInstance` → `db-instance`. */
export const kebab = (name) =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();

/** `secret-value` → `secretValue`. */
export const camel = (name) => name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
