// tools/new-service NAME: begins a service. NAME is its name in the catalogue (`secrets-manager`) or in policies (`secretsmanager`).
//
// Writes its table of contents and its data model, and gives its line in the catalogue a loader. The operations come with
// tools/new-operation.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNamed } from './operation-name.mjs';
import { edit, refuse, tellWritten, writeNew } from './scaffold.mjs';
import { catalog, root, textOf } from './service-tree.mjs';

const [asked, ...rest] = process.argv.slice(2);
if (asked === undefined || asked.startsWith('-') || rest.length > 0) {
  refuse('Usage: tools/new-service NAME, for example tools/new-service secrets-manager', 2);
}
const [name, another] = serviceNamed(asked);
if (name === undefined) refuse(`There is no service ${asked} in src/services/catalog.ts. Give it a line there first.`);
if (another !== undefined) refuse(`${asked} may be ${serviceNamed(asked).join(' or ')}.`);
const { shelf, entry } = catalog[name];
if (entry !== undefined) refuse(`${name} is there already: ${entry}. Operations come with tools/new-operation.`);
const sdk = `@aws-sdk/client-${name}`;
if (!existsSync(join(root, 'node_modules', sdk))) {
  refuse(`${sdk} is not installed, and handlers are typed by it: npm install --save-dev --save-exact ${sdk}`);
}

const folder = `src/services/${shelf}/${name}`;
const { sdkId } = JSON.parse(textOf('src/protocol/directory.json'))[name];

writeNew(
  `${folder}/service.ts`,
  `// ${sdkId}: table of contents.
import { defineService, operationsIn } from '../../../kernel/service.ts';
import { definitions, type State } from './state.ts';

export default defineService({
  name: '${name}',
  state: definitions,
  operations: operationsIn<State>(),
});
`,
);
writeNew(
  `${folder}/state.ts`,
  `// The data model of ${sdkId}. Read this first.
import type { Handler, OperationName } from '../../../kernel/service.ts';
import type { StateOf } from '../../../kernel/table.ts';

export const definitions = {};

export type Sdk = typeof import('${sdk}');
export type State = StateOf<typeof definitions>;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, State, Name>;
`,
);
edit('src/services/catalog.ts', (text) => {
  const key = /^\w+$/.test(name) ? name : `'${name}'`;
  const line = `  ${key}: { shelf: '${shelf}' `;
  if (!text.includes(line)) refuse(`The line of ${name} in src/services/catalog.ts has an unusual form.`);
  return text.replace(line, `${line.trimEnd()}, load: () => import('./${shelf}/${name}/service.ts') `);
});
tellWritten();
