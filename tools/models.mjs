// node tools/models.mjs [--check]: writes src/protocol/models/*.json and src/protocol/directory.json.
//
// Source is the schemas of the installed SDK clients. Services without schemas come from an installed botocore, which also
// tells what schemas leave out (kinds of numbers, endpoint and signing names, unsigned operations). Where no botocore
// (of the version named below) is installed, those parts are left as committed. Services that AWS has ended are in no current botocore:
// ENDED_BOTOCORE_DATA names the data folder of an older one (1.29 has them) when they are to be written anew.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  botocoreFolder,
  convertBotocore,
  enrich,
  openBotocore,
  readBotocoreFacts,
  readEndpointFacts,
} from './models-botocore.mjs';
import { withExtras } from './models-extra.mjs';
import { convertSchemas, hasSchemas, installedClients, loadSchemas, readClientFacts } from './models-sdk.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modelFolder = join(root, 'src/protocol/models');
const directoryPath = join(root, 'src/protocol/directory.json');
/** The version whose models are in the committed files. */
const botocoreVersion = '1.43.11';

const check = process.argv.includes('--check');

/** Services of the catalogue for which no client is installed: our name → botocore's folder. */
const withoutClient = {
  'arc-zonal-shift': 'arc-zonal-shift',
  qldb: 'qldb',
  'qldb-session': 'qldb-session',
  opsworks: 'opsworks',
  opsworkscm: 'opsworkscm',
};

/** The namespace that SQS's query answers carry; the SDK no longer knows it. */
const xmlNamespaces = { sqs: 'http://queue.amazonaws.com/doc/2012-11-05/' };

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);
const committedModel = (service) => readJson(join(modelFolder, `${service}.json`));
const committedDirectory = readJson(directoryPath) ?? {};

/** The SDK's own number for every number: how a model looks to somebody without botocore. */
const erase = (value) => {
  if (typeof value === 'number')
    return value >= 8 && value <= 11 ? 1 : value >= 64 ? (value & 192) | erase(value & 63) : value;
  if (Array.isArray(value)) return value.map(erase);
  return value;
};
const eraseModel = ({ operations, shapes }) => ({
  operations: Object.fromEntries(
    Object.entries(operations).map(([name, [traits, input, output]]) => {
      const { noAuth: _, olderHttp: __, ...rest } = traits || {};
      return [name, [Object.keys(rest).length === 0 ? 0 : rest, input, output]];
    }),
  ),
  shapes: Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      Math.abs(shape[0]) === 3 || shape[0] === 4
        ? [shape[0], shape[1], shape[2], shape[3].map(erase), shape[4]]
        : [shape[0], shape[1], ...shape.slice(2).map(erase)],
    ]),
  ),
});

const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
const lines = (object) =>
  Object.entries(sorted(object))
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join(',\n');

/** One entry a line: the loader reads only the lines that it needs. */
const modelText = (facts, { operations, shapes }) =>
  `{${JSON.stringify(facts).slice(1, -1)},\n"operations":{\n${lines(operations)}\n},\n"shapes":{\n${lines(shapes)}\n}}\n`;

const factsOf = (service, facts, endpoint) => ({
  service,
  sdkId: facts.sdkId,
  apiVersion: facts.apiVersion,
  namespace: facts.namespace,
  protocols: [
    ...new Set([
      facts.protocol,
      ...(endpoint?.protocols ?? []).filter((name) => name !== undefined),
      ...(facts.queryCompatible ? ['awsQuery'] : []),
    ]),
  ],
  ...(facts.target === undefined ? {} : { target: facts.target }),
  ...((facts.xmlNamespace ?? xmlNamespaces[service])
    ? { xmlNamespace: facts.xmlNamespace ?? xmlNamespaces[service] }
    : {}),
  ...(facts.queryCompatible ? { queryCompatible: true } : {}),
});

const directoryEntry = (facts, endpoint, operations) => {
  const rpc = facts.protocols.some((name) => name.startsWith('awsJson') || name === 'rpcv2Cbor');
  const targets = rpc ? [...new Set([facts.target, endpoint.target].filter((target) => target !== undefined))] : [];
  return {
    sdkId: facts.sdkId,
    apiVersion: facts.apiVersion,
    signingName: endpoint.signingName,
    endpointPrefix: endpoint.endpointPrefix,
    protocols: facts.protocols,
    ...(targets.length > 0 ? { targets } : {}),
    ...(facts.xmlNamespace ? { xmlNamespace: facts.xmlNamespace } : {}),
    ...(facts.queryCompatible ? { queryCompatible: true } : {}),
    operations: Object.values(operations).filter(([traits]) => traits.unmodelled !== 1).length,
  };
};

const { folder: installedFolder, note: botocoreNote } = botocoreFolder(botocoreVersion);
const botocore = openBotocore(installedFolder);
const endedFolder = process.env.ENDED_BOTOCORE_DATA;
const ended = endedFolder === undefined ? undefined : openBotocore(endedFolder);
if (botocoreNote !== undefined) console.log(botocoreNote);

const clients = installedClients(root);
const schemas = await loadSchemas(
  root,
  clients.filter((service) => hasSchemas(root, service)),
);
const results = new Map();
const notes = [];

for (const service of clients) {
  const module = schemas.get(service);
  if (module === undefined) continue;
  const facts = readClientFacts(root, service);
  const model = withExtras(service, convertSchemas(module));
  const other = botocore?.bySdkId(facts.sdkId)?.model;
  const committed = committedModel(service);
  if (other !== undefined) {
    const endpoint = readEndpointFacts(other);
    enrich(model, other);
    const ours = factsOf(service, facts, endpoint);
    results.set(service, { text: modelText(ours, model), entry: directoryEntry(ours, endpoint, model.operations) });
  } else if (committed !== undefined && committedDirectory[service] !== undefined) {
    const same =
      JSON.stringify(sorted(eraseModel(committed).shapes)) === JSON.stringify(sorted(eraseModel(model).shapes)) &&
      JSON.stringify(sorted(eraseModel(committed).operations)) === JSON.stringify(sorted(eraseModel(model).operations));
    if (same) results.set(service, 'committed');
    else if (check) results.set(service, { text: undefined });
    else throw new Error(`${service}: the SDK has changed; install botocore to write it anew`);
  } else throw new Error(`${service}: nothing tells its endpoint; install botocore`);
}

const folderNames = new Map(Object.entries(withoutClient));
for (const service of [...clients.filter((name) => !schemas.has(name)), ...folderNames.keys()]) {
  const model = folderNames.has(service)
    ? (botocore?.byFolder(folderNames.get(service)) ?? ended?.byFolder(folderNames.get(service)))
    : botocore?.bySdkId(sdkIdOf(service))?.model;
  if (model === undefined) {
    if (committedModel(service) === undefined) notes.push(`${service}: no model anywhere, left out`);
    else {
      notes.push(`${service}: not in this botocore, left as committed`);
      results.set(service, 'committed');
    }
    continue;
  }
  const facts = readBotocoreFacts(service, model);
  const converted = convertBotocore(model);
  const endpoint = readEndpointFacts(model);
  const ours = factsOf(service, facts, endpoint);
  results.set(service, {
    text: modelText(ours, converted),
    entry: directoryEntry(ours, endpoint, converted.operations),
  });
}

function sdkIdOf(service) {
  const path = join(root, 'node_modules/@aws-sdk', `client-${service}`, 'dist-es/runtimeConfig.shared.js');
  return /serviceId: config\?\.serviceId \?\? "([^"]*)"/.exec(readFileSync(path, 'utf8'))?.[1];
}

const directory = {};
for (const service of [...results.keys()].sort()) {
  const result = results.get(service);
  directory[service] = result === 'committed' ? committedDirectory[service] : result.entry;
}
const directoryText = `{\n${lines(directory)}\n}\n`;

const stale = [];
const put = (path, text) => {
  const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (current === text) return;
  stale.push(path.slice(root.length + 1));
  if (!check) writeFileSync(path, text);
};

if (!check) mkdirSync(modelFolder, { recursive: true });
/** A committed model as this tool writes it today. */
const recast = (service) => {
  const { operations, shapes, ...facts } = committedModel(service);
  return modelText(facts, { operations, shapes });
};
for (const [service, result] of results) {
  put(join(modelFolder, `${service}.json`), result === 'committed' ? recast(service) : result.text);
}
put(directoryPath, directoryText);
for (const file of existsSync(modelFolder) ? readdirSync(modelFolder) : []) {
  if (!results.has(file.replace(/\.json$/, ''))) {
    stale.push(`src/protocol/models/${file}`);
    if (!check) rmSync(join(modelFolder, file));
  }
}

for (const note of notes) console.log(note);
console.log(
  `${results.size} services, ${Object.values(directory).reduce((sum, { operations }) => sum + operations, 0)} operations`,
);
if (check && stale.length > 0) {
  console.error(`differ from the pinned SDK: ${stale.join(', ')}\nrun: node tools/models.mjs`);
  process.exit(1);
}
console.log(stale.length === 0 ? 'all up to date' : `written: ${stale.length} files`);
