// Images that AWS and vendors publish. Amazon Linux and ECS images have the IDs that AWS gave them in each Region; of the vendors'
// the names are as vendors give them.
//
// Differs: IDs of vendors' images are made from Region and name, since no table tells them; old ones without a known Region are
// in every Region.
import { createHash } from 'node:crypto';
import rawTable from './image-table.json' with { type: 'json' };
import { vendorImages } from './vendor-image.ts';
import type { ImageRow } from './image-state.ts';
import { instant } from '../../../kernel/units.ts';

export interface TableImage {
  readonly name: string;
  readonly owner: string;
  readonly description: string;
  readonly arm: boolean;
  readonly root: string;
  readonly paravirtual: boolean;
}

interface Table {
  readonly regions: readonly string[];
  /** With the owner where it is another one, and the IDs without `ami-`, in the order of `regions`. */
  readonly images: readonly (TableImage & {
    readonly owners?: Readonly<Record<string, string>>;
    readonly ids: string;
  })[];
  readonly old: readonly (TableImage & { readonly id: string })[];
}
const table = rawTable as unknown as Table;

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);

/** The day in an image's name: `20260427`, `2026.04.15`. */
function dayOf(name: string): number {
  const found = /(20[012]\d)[.-]?(0[1-9]|1[0-2])[.-]?([0-2]\d|3[01])/.exec(name);
  return found === null ? Date.UTC(2026, 0, 1) : Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
}

/** What is billed beside the machine. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html */
const billing: readonly (readonly [RegExp, string, string])[] = [
  [/^Windows.*SQL.*Enterprise/, 'Windows with SQL Server Enterprise', 'RunInstances:0102'],
  [/^Windows.*SQL.*Standard/, 'Windows with SQL Server Standard', 'RunInstances:0006'],
  [/^Windows.*SQL.*Web/, 'Windows with SQL Server Web', 'RunInstances:0202'],
  [/^Windows/, 'Windows', 'RunInstances:0002'],
  [/^RHEL/, 'Red Hat Enterprise Linux', 'RunInstances:0010'],
  [/^suse/, 'SUSE Linux', 'RunInstances:000g'],
  [/^ubuntu-pro/, 'Ubuntu Pro', 'RunInstances:0g00'],
];

/** Sizes of root volumes, GiB, by how the name begins. */
const sizes: readonly (readonly [RegExp, number])[] = [
  [/^Windows/, 30],
  [/ecs-|EKS|ECS|amazon-ecs/, 30],
  [/^amazon-eks/, 20],
  [/^(RHEL|suse|Rocky|AlmaLinux|CentOS)/, 10],
  [/minimal/, 2],
];

const amazonOwners = new Set(['801119661308', '591542846629', '602401143452', '092701018921', '898082745236']);
const vendors = new Set([
  '099720109477',
  '309956199498',
  '013907871322',
  '136693071363',
  '792107900819',
  '125523088429',
]);

function aliasOf(owner: string): string | undefined {
  if (owner === '679593333241') return 'aws-marketplace';
  return owner === '764336703387' || owner === '568608671756' ? undefined : 'amazon';
}

export const isAmazonOwner = (owner: string): boolean => amazonOwners.has(owner) || vendors.has(owner);

function makeRow(image: TableImage, id: string, owner: string, region: string): ImageRow {
  const { name, arm, root, paravirtual } = image;
  const [, platformDetails, usageOperation] = billing.find(([pattern]) => pattern.test(name)) ?? [
    undefined,
    'Linux/UNIX',
    'RunInstances',
  ];
  const isNew = /^al2023|noble|RHEL-(9|1)|debian-1[23]|2025-English/.test(name);
  const alias = aliasOf(owner);
  const isModern = /gp3|^al2023|^Windows_Server-202|GP3|^debian-1[23]|^Rocky|^AlmaLinux|bottlerocket/.test(name);
  return {
    id,
    account: owner,
    region,
    ownerAlias: alias,
    name,
    description: image.description,
    location: `${alias ?? owner}/${name}`,
    createdAt: instant(dayOf(name)),
    availableAt: instant(0),
    architecture: arm ? 'arm64' : 'x86_64',
    virtualization: paravirtual ? 'paravirtual' : 'hvm',
    platform: name.startsWith('Windows') ? 'windows' : undefined,
    platformDetails,
    usageOperation,
    rootDevice: root,
    enaSupport: !paravirtual,
    sriov: paravirtual ? undefined : 'simple',
    bootMode: paravirtual ? undefined : isNew ? (arm ? 'uefi' : 'uefi-preferred') : arm ? 'uefi' : undefined,
    imdsSupport: /^al2023|noble/.test(name) ? 'v2.0' : undefined,
    productCodes: owner === '679593333241' ? [{ id: digest('product', name).slice(0, 25), type: 'marketplace' }] : [],
    isPublic: true,
    sharedWith: [],
    mappings: [
      {
        device: root,
        ebs: {
          snapshotId: `snap-0${digest('snapshot', region, name)}`,
          sizeGib: sizes.find(([pattern]) => pattern.test(name))?.[1] ?? 8,
          type: paravirtual ? 'standard' : isModern ? 'gp3' : 'gp2',
          iops: isModern ? 3000 : undefined,
          throughput: isModern ? 125 : undefined,
          encrypted: false,
          deleteOnTermination: true,
        },
      },
    ],
    deregistrationProtection: 'disabled',
  };
}

const byRegion = new Map<string, ReadonlyMap<string, ImageRow>>();

/** Unknown: in which order AWS lists images. Those for x86 come first here: who takes the first one launches it on such a type. */
function makeRegion(region: string): ReadonlyMap<string, ImageRow> {
  const at = table.regions.indexOf(region);
  const rows = table.images.flatMap((image) => {
    const id = at < 0 ? `0${digest(region, image.name)}` : image.ids.split(' ')[at];
    if (id === undefined || id === '') return [];
    return [makeRow(image, `ami-${id}`, image.owners?.[region] ?? image.owner, region)];
  });
  for (const image of table.old) rows.push(makeRow(image, image.id, image.owner, region));
  for (const image of vendorImages())
    rows.push(makeRow(image, `ami-0${digest(region, image.name)}`, image.owner, region));
  rows.sort((a, b) => Number(a.architecture === 'arm64') - Number(b.architecture === 'arm64'));
  return new Map(rows.map((row) => [row.id, row]));
}

/** The public images of a Region by ID; made when they are first asked for. */
export function publicImages(region: string): ReadonlyMap<string, ImageRow> {
  const known = byRegion.get(region) ?? makeRegion(region);
  byRegion.set(region, known);
  return known;
}
