// Makes src/protocol/constraints/<service>.json: what AWS's API models say about input beyond its types, that is required
// members, lengths, ranges, patterns and enumerations, and per operation its errors and how it pages.
//
// Usage: node tools/constraints.mjs [--botocore DIR] [--check]
// Source: the models of an installed botocore, and the SDK's schemas for what is required. Services: those of the @aws-sdk/client-* in package.json, and arc-zonal-shift.
//
// A table is { protocol, shapes, errors, operations }. A shape is an array that starts with its kind; shapes refer to each other by
// index, so shared and recursive ones cost nothing. Only shapes that lead to a constraint are kept; members stand in the
// order of the model, in which AWS reports them.
//   ["S", name, [member, shape or -1, 1 if required]…]   structure
//   ["L", item shape or -1, min, max]    ["M", key shape or -1, value shape or -1, min, max]
//   ["T", min, max, pattern, enum, 1 if sensitive]  text     ["B", min, max]  bytes     ["N", min, max]  number
// Trailing absent parts are cut off, others are null. An operation is [input shape or -1, [error…], paging], paging being
// [[input token…], [output token…], limit member, [result…]].
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { finish, keepOnly, option, root, writeTable } from './table-file.mjs';

const folder = 'src/protocol/constraints';
const botocore =
  option('botocore') ??
  execFileSync('python3', ['-c', "import botocore,os;print(os.path.dirname(botocore.__file__)+'/data')"])
    .toString()
    .trim();

const readModel = (path) => {
  if (existsSync(`${path}.gz`)) return JSON.parse(gunzipSync(readFileSync(`${path}.gz`)).toString());
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
};

/** The newest version of a service's model; a service that has several (CloudFront) is spoken to in the newest. */
const newest = (service) => {
  const versions = readdirSync(join(botocore, service)).filter((name) => /^\d{4}-/.test(name));
  return join(botocore, service, versions.sort().at(-1));
};

const folderName = (serviceId) => serviceId.toLowerCase().replaceAll(' ', '-');

const wanted = new Set(
  Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies)
    .filter((name) => name.startsWith('@aws-sdk/client-'))
    .map((name) => name.slice('@aws-sdk/client-'.length)),
);
wanted.add('arc-zonal-shift');

/** Constraints that AWS was recorded to have and that the public models leave out. */
const recorded = {
  cloudformation: {
    StackName: { pattern: '[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*' },
    TemplateBody: { max: 51200 },
  },
};

/** The SDK's schemas of a service, whose version is younger than botocore's: a member that it does not require any more is optional. */
const schemasOf = async (name) => {
  try {
    return await import(`@aws-sdk/client-${name}`);
  } catch {
    return {}; // arc-zonal-shift has none; the oldest packages have no schemas either
  }
};

const isRelaxed = (sdk, shapeName, member, isToken) => {
  const schema = sdk[`${shapeName}$`];
  if (isToken || !Array.isArray(schema)) return false;
  const at = schema[4].indexOf(member);
  return at >= (schema[6] ?? 0);
};

const cut = (parts) => {
  let end = parts.length;
  while (end > 0 && (parts[end - 1] === null || parts[end - 1] === undefined)) end--;
  return parts.slice(0, end).map((part) => part ?? null);
};

const everything = new Set(['[\\s\\S]*', '(?s).*', '(?s).+', '[\\S\\s]*', '[\\w\\W]*', '^[\\s\\S]*$', '']);
const texts = new Set(['string', 'character']);
const numbers = new Set(['integer', 'long', 'float', 'double', 'short', 'byte', 'bigdecimal']);

function leaf(shape) {
  const min = shape.min ?? null;
  const max = shape.max ?? null;
  if (texts.has(shape.type)) {
    const pattern = shape.pattern === undefined || everything.has(shape.pattern) ? null : shape.pattern;
    const parts = cut([min, max, pattern, shape.enum ?? null]);
    if (parts.every((part) => part === null || part === 0)) return undefined;
    if (shape.sensitive) parts[4] = 1;
    return parts.length > 0 ? ['T', ...parts] : undefined;
  }
  if (shape.type === 'blob' && shape.streaming) return undefined;
  const kind = shape.type === 'blob' ? 'B' : numbers.has(shape.type) ? 'N' : undefined;
  const parts = cut([min, max]);
  return kind !== undefined && parts.length > 0 ? [kind, ...parts] : undefined;
}

/** The graph of constrained shapes of a model, numbered in the order in which operations first reach them. */
function collect(model, sdk) {
  const constrained = new Map();
  const childrenOf = (shape) =>
    shape.type === 'structure'
      ? Object.entries(shape.members ?? {}).flatMap(([name, ref]) => (isStream(shape, name, ref) ? [] : [ref.shape]))
      : shape.type === 'list'
        ? [shape.member.shape]
        : shape.type === 'map'
          ? [shape.key.shape, shape.value.shape]
          : [];
  const isStream = (shape, name, ref) =>
    ref.streaming || model.shapes[ref.shape].streaming || model.shapes[ref.shape].eventstream || ref.eventstream;
  const hasOwn = (shape) => {
    if (shape.type === 'structure') return (shape.required ?? []).length > 0;
    if (shape.type === 'list' || shape.type === 'map') return (shape.min ?? 0) > 0 || shape.max !== undefined;
    return leaf(shape) !== undefined;
  };
  // A fixed point, since shapes may be recursive.
  for (const [name, shape] of Object.entries(model.shapes)) if (hasOwn(shape)) constrained.set(name, true);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [name, shape] of Object.entries(model.shapes)) {
      if (!constrained.has(name) && childrenOf(shape).some((child) => constrained.has(child))) {
        constrained.set(name, true);
        grew = true;
      }
    }
  }

  // A list of structures that is too long is quoted with all their members, so those are kept whole.
  const quoted = new Set();
  const quote = (name) => {
    const shape = model.shapes[name];
    if (quoted.has(name)) return;
    quoted.add(name);
    if (shape.type === 'structure') constrained.set(name, true);
    for (const child of childrenOf(shape)) quote(child);
  };
  for (const shape of Object.values(model.shapes))
    if (shape.type === 'list' && shape.max !== undefined && constrained.has(shape.member.shape))
      quote(shape.member.shape);

  const indices = new Map();
  const shapes = [];
  const indexOf = (name) => {
    if (!constrained.has(name)) return -1;
    const known = indices.get(name);
    if (known !== undefined) return known;
    const shape = model.shapes[name];
    const index = shapes.push(undefined) - 1;
    indices.set(name, index);
    const min = shape.min > 0 ? shape.min : null;
    if (shape.type === 'structure') {
      const members = [];
      for (const [member, ref] of Object.entries(shape.members ?? {})) {
        const isToken = ref.idempotencyToken || model.shapes[ref.shape].idempotencyToken;
        const isRequired = (shape.required ?? []).includes(member) && !isRelaxed(sdk, name, member, isToken);
        const target = isStream(shape, member, ref) ? -1 : indexOf(ref.shape);
        if (target >= 0 || isRequired || quoted.has(name))
          members.push(isRequired ? [member, target, 1] : [member, target]);
      }
      shapes[index] = ['S', name, ...members];
    } else if (shape.type === 'list') shapes[index] = ['L', indexOf(shape.member.shape), ...cut([min, shape.max])];
    else if (shape.type === 'map')
      shapes[index] = ['M', indexOf(shape.key.shape), indexOf(shape.value.shape), ...cut([min, shape.max])];
    else shapes[index] = leaf(shape);
    return index;
  };
  return { shapes, indexOf };
}

const many = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

function tableOf(model, paginators, sdk) {
  const { shapes, indexOf } = collect(model, sdk);
  const errors = [];
  const operations = {};
  for (const [name, operation] of Object.entries(model.operations)) {
    const input = operation.input === undefined ? -1 : indexOf(operation.input.shape);
    const numbersOfErrors = (operation.errors ?? []).map(({ shape }) => {
      if (!errors.includes(shape)) errors.push(shape);
      return errors.indexOf(shape);
    });
    const page = paginators?.[name];
    const paging = page && [
      many(page.input_token),
      many(page.output_token),
      page.limit_key ?? null,
      many(page.result_key),
    ];
    operations[name] = cut([input, numbersOfErrors, paging]);
  }
  return { protocol: model.metadata.protocol, shapes, errors, operations };
}

const lines = (items) => items.map((item) => JSON.stringify(item)).join(',\n');
const render = ({ protocol, shapes, errors, operations }) =>
  `{"protocol":"${protocol}","shapes":[\n${lines(shapes)}\n],\n"errors":${JSON.stringify(errors)},\n"operations":{\n${Object.entries(
    operations,
  )
    .map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`)
    .join(',\n')}\n}}\n`;

const written = [];
for (const service of readdirSync(botocore).sort()) {
  if (!existsSync(join(botocore, service, '.')) || service.includes('.')) continue;
  const path = newest(service);
  const model = readModel(join(path, 'service-2.json'));
  const name = folderName(model.metadata.serviceId);
  if (!wanted.has(name)) continue;
  for (const [shape, facts] of Object.entries(recorded[name] ?? {})) Object.assign(model.shapes[shape], facts);
  const paginators = readModel(join(path, 'paginators-1.json'))?.pagination;
  writeTable(`${folder}/${name}.json`, render(tableOf(model, paginators, await schemasOf(name))));
  written.push(`${name}.json`);
  wanted.delete(name);
}
if (wanted.size > 0) console.log(`no model for: ${[...wanted].join(', ')}`);
keepOnly(folder, written);
finish('constraints');
