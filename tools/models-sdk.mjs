// Reads the schemas of the installed SDK clients: one bundle of their schema modules, then plain data from it.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Clients that come along with the SDK's credential providers; no part of the catalogue. */
const notOurs = new Set(['sso', 'sso-oidc']);

/** Bits of a trait number, lowest first (@smithy/core, translateTraits). */
const traitBits = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
];

const protocolNames = {
  AwsJson1_0Protocol: 'awsJson1_0',
  AwsJson1_1Protocol: 'awsJson1_1',
  AwsRestJsonProtocol: 'restJson1',
  AwsRestXmlProtocol: 'restXml',
  S3RestXmlProtocol: 'restXml',
  AwsQueryProtocol: 'awsQuery',
  AwsEc2QueryProtocol: 'ec2Query',
  AwsSmithyRpcV2CborProtocol: 'rpcv2Cbor',
};

const clientFolder = (root, service) => join(root, 'node_modules/@aws-sdk', `client-${service}`);

export const installedClients = (root) =>
  readdirSync(join(root, 'node_modules/@aws-sdk'))
    .filter((name) => name.startsWith('client-'))
    .map((name) => name.slice('client-'.length))
    .filter((service) => !notOurs.has(service))
    .sort();

export const hasSchemas = (root, service) =>
  existsSync(join(clientFolder(root, service), 'dist-es/schemas/schemas_0.js'));

const traitsOf = (traits) => {
  if (typeof traits === 'object') return { ...traits };
  const named = {};
  traitBits.forEach((name, bit) => {
    if ((traits >> bit) & 1) named[name] = 1;
  });
  return named;
};

/** Traits as small as they come: 0 for none. */
export const packTraits = (named) => (Object.keys(named).length === 0 ? 0 : named);

const settled = (reference) => (typeof reference === 'function' ? reference() : reference);

/** Writes one shape and all that it reaches into `shapes`; answers how to refer to it. */
const refer = (schema, shapes) => {
  const target = settled(schema);
  if (target === 'unit') return null;
  if (typeof target === 'number') return target;
  if (target.length === 2) {
    const inner = refer(target[0], shapes);
    const traits = traitsOf(target[1]);
    if (!Array.isArray(inner)) return Object.keys(traits).length === 0 ? inner : [inner, traits];
    return [inner[0], { ...inner[1], ...traits }];
  }
  const [tag, namespace, name, traits] = target;
  if (tag === 0) {
    const own = traitsOf(traits);
    return Object.keys(own).length === 0 ? target[4] : [target[4], own];
  }
  if (shapes[name] !== undefined) {
    if (shapes[name].from !== namespace) throw new Error(`two shapes are called ${name}`);
    return name;
  }
  const shape = [tag, packTraits(traitsOf(traits))];
  shapes[name] = { from: namespace, shape };
  if (tag === 1) shape.push(refer(target[4], shapes));
  else if (tag === 2) shape.push(refer(target[4], shapes), refer(target[5], shapes));
  else if (tag === 3 || tag === 4 || tag === -3) {
    shape.push(
      target[4],
      target[5].map((member) => refer(member, shapes)),
    );
    shape.push(target[6] ?? 0);
  } else throw new Error(`unknown schema ${tag} ${name}`);
  return name;
};

const matched = (text, pattern, what) => {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`no ${what} in runtimeConfig.shared.js`);
  return found[1];
};

/** Facts of a client that stand beside its schemas. */
export const readClientFacts = (root, service) => {
  const text = readFileSync(join(clientFolder(root, service), 'dist-es/runtimeConfig.shared.js'), 'utf8');
  const settings = matched(text, /protocolSettings \?\? (\{[^}]*\})/, 'protocolSettings');
  const setting = (name) => new RegExp(`${name}: "([^"]*)"`).exec(settings)?.[1];
  const protocolClass = matched(text, /protocol: config\?\.protocol \?\? (\w+)/, 'protocol');
  const protocol = protocolNames[protocolClass];
  if (protocol === undefined) throw new Error(`${service}: unknown protocol ${protocolClass}`);
  return {
    sdkId: matched(text, /serviceId: config\?\.serviceId \?\? "([^"]*)"/, 'serviceId'),
    apiVersion: matched(text, /apiVersion: "([^"]*)"/, 'apiVersion'),
    namespace: setting('defaultNamespace'),
    protocol,
    target: setting('serviceTarget'),
    xmlNamespace: setting('xmlNamespace'),
    queryCompatible: settings.includes('awsQueryCompatible: true'),
  };
};

/** All schema modules at once: service → exports. */
export const loadSchemas = async (root, services) => {
  const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  try {
    const entry = services
      .map((service, i) => `export * as s${i} from '${clientFolder(root, service)}/dist-es/schemas/schemas_0.js';`)
      .join('\n');
    const outfile = join(folder, 'schemas.mjs');
    await build({
      stdin: { contents: entry, resolveDir: root },
      bundle: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      outfile,
      logLevel: 'error',
      banner: {
        js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(join(root, 'package.json'))});`,
      },
    });
    const bundle = await import(pathToFileURL(outfile).href);
    return new Map(services.map((service, i) => [service, bundle[`s${i}`]]));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Operations and shapes of one schema module, in our form. */
export const convertSchemas = (schemas) => {
  const found = {};
  const operations = {};
  for (const value of Object.values(schemas)) {
    if (!Array.isArray(value) || typeof value[0] !== 'number') continue;
    if (value[0] === 9) {
      const [, , name, traits, input, output] = value;
      operations[name] = [packTraits(traitsOf(traits)), refer(input, found), refer(output, found)];
    } else if (!value[1].startsWith('smithy.ts.sdk.synthetic')) refer(value, found);
  }
  const shapes = Object.fromEntries(Object.entries(found).map(([name, { shape }]) => [name, shape]));
  return { operations, shapes };
};
