// tools/new-operation SERVICE OPERATION [FILE]: begins an operation. FILE is the resource or feature whose file it goes into (`secret`);
// without it, it is made of the operation's name.
//
// Writes a handler that answers NotImplemented, a test that says so, and a line in the service's table of contents. See
// docs/how-to/add-an-operation.md for what comes next.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNamed, servicesWith } from './operation-name.mjs';
import { camel, edit, kebab, refuse, tellWritten, writeNew } from './scaffold.mjs';
import { catalog, foldersOf, handlerOf, pageOf, productFiles, root, textOf } from './service-tree.mjs';

const [askedService, askedOperation, askedFile, ...rest] = process.argv.slice(2);
if (askedOperation === undefined || askedService.startsWith('-') || rest.length > 0) {
  refuse('Usage: tools/new-operation SERVICE OPERATION [FILE], for example tools/new-operation sqs TagQueue tag', 2);
}
const [service] = serviceNamed(askedService);
if (service === undefined) refuse(`There is no service ${askedService} in src/services/catalog.ts.`);
const { entry } = catalog[service];
if (entry === undefined) refuse(`Nothing of ${service} is built yet: tools/new-service ${service} begins it.`);
const [{ operation } = {}] = servicesWith(`${service}:${askedOperation}`);
if (operation === undefined) refuse(`The model of ${service} has no operation ${askedOperation}.`);
const known = handlerOf(service, operation);
if (known !== undefined) refuse(`${operation} is there already: ${known.path}:${known.line}.`);

const [own] = foldersOf(service);
const file = askedFile ?? resourceOf(operation);
if (!/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(file))
  refuse(`${file} is no name of a file here: write it as secret-value.`, 2);
const folder = foldersOf(service).find((each) => existsSync(join(root, each, `${file}.ts`))) ?? own;
const path = `${folder}/${file}.ts`;

/** The resource that an operation is about: without its verb, one instead of many. */
function resourceOf(name) {
  const noun = kebab(name).replace(/^[a-z]+-/, '');
  return /(?:ss|us|is)$/.test(noun) ? noun : noun.replace(/ies$/, 'y').replace(/s$/, '');
}

const page = pageOf(service, operation);
const handler = `${page ? `/** @see ${page} */\n` : ''}export const ${operation}: Operation<'${operation}'> = () => {
  throw notImplemented('${service}', '${operation}');
};
`;

/** The module that has the type of this service's handlers. */
const typed = productFiles.find((each) => each.startsWith(`${own}/`) && /export type Operation</.test(textOf(each)));
if (typed === undefined) refuse(`No file of ${own} exports the type Operation.`);

/** Adds an import after the last one. */
const addImport = (text, line) => {
  const last = [...text.matchAll(/^import [^;]*;\n/gm)].at(-1);
  const at = last === undefined ? 0 : last.index + last[0].length;
  return `${text.slice(0, at)}${line}\n${text.slice(at)}`;
};

/** Adds a name to the import of a module, or the import. */
function importName(text, module, name, isType) {
  const written = isType ? `type ${name}` : name;
  const imported = new RegExp(`^import (type )?\\{([^}]*)\\} from '${module.replaceAll('.', '\\.')}';`, 'm').exec(text);
  if (imported === null) return addImport(text, `import ${isType ? 'type ' : ''}{ ${name} } from '${module}';`);
  const [whole, typeOnly, names] = imported;
  if (new RegExp(`\\b${name}\\b`).test(names)) return text;
  if (typeOnly && !isType) return addImport(text, `import { ${name} } from '${module}';`);
  const list = [
    ...names
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
    typeOnly ? name : written,
  ];
  return text.replace(whole, `import ${typeOnly ?? ''}{ ${list.join(', ')} } from '${module}';`);
}

const types = `${folder === own ? '.' : own.replace('src/services/', '../../')}/${typed.slice(own.length + 1)}`;
if (existsSync(join(root, path))) {
  edit(path, (text) => {
    const withErrors = importName(text, '../../../kernel/errors.ts', 'notImplemented', false);
    return `${importName(withErrors, types, 'Operation', true).trimEnd()}\n\n${handler}`;
  });
} else {
  writeNew(
    path,
    `// Operations on ${/^[aeiou]/.test(file) ? 'an' : 'a'} ${file.replaceAll('-', ' ')}.
import { notImplemented } from '../../../kernel/errors.ts';
import type { Operation } from '${types}';

${handler}`,
  );
}

const test = `test('${operation}: answers NotImplemented until it is written', async () => {
  await using cloud = await startCloud({ strict: true, seed: 1, clock: { kind: 'frozen' } });
  const asked = cloud.inside.call('${service}', '${operation}', {});
  await expect(asked).rejects.toMatchObject({ code: 'NotImplemented' });
});
`;
const testPath = `${folder}/${file}.test.ts`;
if (existsSync(join(root, testPath))) {
  edit(testPath, (text) => {
    const withVitest = importName(importName(text, 'vitest', 'expect', false), 'vitest', 'test', false);
    return `${importName(withVitest, '../../../embed/index.ts', 'startCloud', false).trimEnd()}\n\n${test}`;
  });
} else {
  writeNew(
    testPath,
    `import { expect, test } from 'vitest';\nimport { startCloud } from '../../../embed/index.ts';\n\n${test}`,
  );
}

const listStart = /\boperations(?:: | = )[^;\n]*\{\n/;
const collection = /\boperations(?:In|Of)(?:<\w+>)?\(/g;

/** The table of contents with the operation in it. */
function enlist(text) {
  const module = folder === own ? `./${file}.ts` : `../../${path.replace('src/services/', '')}`;
  const space = new RegExp(`^import \\* as (\\w+) from '${module.replaceAll('.', '\\.')}';`, 'm').exec(text)?.[1];
  const calls = [...text.matchAll(collection)].filter(({ index }) => !text.slice(0, index).endsWith('function '));
  if (space !== undefined) {
    const collected = calls.some(({ index }) => {
      const list = text.slice(index, text.indexOf(')', index));
      return new RegExp(`\\b${space}\\b`).test(list);
    });
    if (collected) return text;
    return text.replace(listStart, (start) => `${start}${operation}: ${space}.${operation},\n`);
  }
  const [call] = calls;
  if (call !== undefined && !text.includes(`from '${module}'`)) {
    const at = call.index + call[0].length;
    const more = text[at] === ')' ? '' : ', ';
    const name = camel(file);
    return addImport(`${text.slice(0, at)}${name}${more}${text.slice(at)}`, `import * as ${name} from '${module}';`);
  }
  const listed = text.replace(listStart, (start) => `${start}${operation}, // ${file}.ts\n`);
  if (listed === text) refuse(`${entry} lists its operations in a form of its own: add ${operation} there by hand.`);
  return importName(listed, module, operation, false);
}
edit(entry, enlist);
tellWritten();
