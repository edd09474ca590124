// Makes the tables of servers: src/services/compute/ec2/instance-type-table.bin and image-table.json.
//
// Usage: node tools/ec2-tables.mjs --facts DIR [--check]
// Sources in DIR: ec2-instance-types.jsonl (`DescribeInstanceTypes`), ec2-instance-type-offerings.json
// (`DescribeInstanceTypeOfferings`), amis-by-region.json and amis-other.json (`DescribeImages`), ssm-public-parameters.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePacked } from './packed-table.mjs';
import { finish, option, writeTable } from './table-file.mjs';

const factsDir = option('facts');
if (factsDir === undefined) throw new Error('say where the facts are: --facts DIR');
const text = (name) => readFileSync(join(factsDir, name), 'utf8');
const folder = 'src/services/compute/ec2';

// Types: chunks of whole families, and for each zone a bit per type.
const types = text('ec2-instance-types.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .sort((a, b) => (a.InstanceType < b.InstanceType ? -1 : 1));
const names = types.map(({ InstanceType }) => InstanceType);
const familyOf = (name) => name.slice(0, name.indexOf('.'));
const chunkTypes = 64;
const chunks = [[]];
for (const type of types) {
  const last = chunks.at(-1);
  const isNewFamily = last.length > 0 && familyOf(last.at(-1).InstanceType) !== familyOf(type.InstanceType);
  if (isNewFamily && last.length >= chunkTypes) chunks.push([type]);
  else last.push(type);
}
const offerings = Object.fromEntries(
  Object.entries(JSON.parse(text('ec2-instance-type-offerings.json'))).map(([region, zones]) => [
    region,
    Object.fromEntries(
      Object.entries(zones).map(([zone, offered]) => {
        const bits = Buffer.alloc(Math.ceil(names.length / 8));
        for (const name of offered) {
          const at = names.indexOf(name);
          if (at >= 0) bits[at >> 3] |= 1 << (at & 7);
        }
        return [zone, bits.toString('base64')];
      }),
    ),
  ]),
);
const counts = chunks.map((chunk) => chunk.length);
writePacked(
  `${folder}/instance-type-table.bin`,
  { names, counts, offerings },
  chunks.map((chunk) => JSON.stringify(chunk)),
);

// Images: those whose IDs are known, by Region.
const byRegion = JSON.parse(text('amis-by-region.json'));
const parameters = JSON.parse(text('ssm-public-parameters.json'));
const regions = [...new Set([...Object.keys(byRegion), ...Object.keys(parameters)])].sort();
const known = new Map();
const add = (region, image) => {
  const row = known.get(image.name) ?? { ...image, owners: {}, ids: {} };
  row.ids[region] = image.id.slice('ami-'.length);
  if (image.owner !== row.owner) row.owners[region] = image.owner;
  known.set(image.name, row);
};
const usualOwner = byRegion['us-east-1'][0].owner_id;
for (const region of regions) {
  for (const ami of byRegion[region] ?? []) {
    add(region, {
      id: ami.ami_id,
      name: ami.name,
      owner: ami.owner_id,
      description: ami.description,
      arm: ami.architecture === 'arm64',
      root: ami.root_device_name,
      paravirtual: ami.virtualization_type !== 'hvm',
    });
    const row = known.get(ami.name);
    row.owner = usualOwner;
    if (ami.owner_id !== usualOwner) row.owners[region] = ami.owner_id;
  }
  const published = parameters[region] ?? {};
  for (const [name, value] of Object.entries(published)) {
    if (!name.startsWith('/aws/service/ecs/') || !name.endsWith('/image_id')) continue;
    const imageName = published[name.replace(/image_id$/, 'image_name')];
    if (imageName === undefined || !/^ami-[0-9a-f]{17}$/.test(value)) continue;
    const isWindows = imageName.startsWith('Windows');
    add(region, {
      id: value,
      name: imageName,
      owner: isWindows ? '801119661308' : '591542846629',
      description: isWindows ? 'Microsoft Windows Server with ECS agent' : 'Amazon Linux AMI for ECS',
      arm: imageName.includes('arm64'),
      root: isWindows ? '/dev/sda1' : '/dev/xvda',
      paravirtual: false,
    });
  }
}
const rows = [...known.values()].map(({ ids, owners, id: _first, ...image }) => ({
  ...image,
  ...(Object.keys(owners).length > 0 ? { owners } : {}),
  ids: regions.map((region) => ids[region] ?? '').join(' '),
}));
// Old ones, of which the Region is not told: they are known in every Region.
const old = JSON.parse(text('amis-other.json'))
  .filter(({ ami_id, name }) => /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(ami_id) && name !== 'product_codes_test')
  .filter(({ ami_id }) => !rows.some(({ ids }) => ids.includes(ami_id.slice(4))))
  .map((ami) => ({
    id: ami.ami_id,
    name: ami.name,
    owner: ami.owner_id,
    description: ami.description,
    arm: ami.architecture === 'arm64',
    root: ami.root_device_name,
    paravirtual: ami.virtualization_type !== 'hvm',
  }));
writeTable(
  `${folder}/image-table.json`,
  `{"regions":${JSON.stringify(regions)},\n"images":[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n],\n"old":[\n${old
    .map((row) => JSON.stringify(row))
    .join(',\n')}\n]}\n`,
);
finish('tables of EC2');
