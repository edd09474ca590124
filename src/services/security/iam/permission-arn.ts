// Fills the ARN patterns of the service authorization reference from an operation's input.
//
// A pattern's variable is found by name: `${QueueName}` in `QueueUrl`, `${TableName}` in `TableName`, `${DbInstanceName}` in
// `DBInstanceIdentifier`, once words like Name, Id and Arn are taken off; then by how names end (`${SnapshotName}` in
// `DBSnapshotIdentifier`); `Name` or `Id` alone may stand for the last variable that is open. A member that is an ARN of the
// pattern's kind is taken as it is. What stays open becomes `*`.
import type { Place } from '../../../kernel/place.ts';

interface Variable {
  readonly variable: string;
  /** What its name is about; empty for `Id` and `Name`. */
  readonly stem: string;
  /** What the resource type is about. */
  readonly typeStem: string;
}

export interface ArnPattern {
  readonly segments: readonly (string | Variable)[];
  /** How many variables must come from the input. */
  readonly openVariables: number;
  /** Matches ARNs of this kind. */
  readonly shape: RegExp;
}

const ending = /(?:withpath|withoutleadingslash|names?|arns?|ids?|identifiers?|url)$/;

/** What a name is about: `RoleNameWithPath` → `role`, `InstanceIds` → `instance`, `Id` → ``. */
const stemOf = (name: string): string => {
  let stem = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  for (let last = ''; stem !== last; ) {
    last = stem;
    stem = stem.replace(ending, '');
  }
  return stem;
};

const stems = new Map<string, string>();

/** The stem of a member; names of members are those of the models, so there are only so many. */
const memberStem = (name: string): string => {
  const known = stems.get(name);
  if (known !== undefined) return known;
  const stem = stemOf(name);
  if (stems.size < 20_000) stems.set(name, stem);
  return stem;
};

const placeVariables: readonly string[] = ['Partition', 'Region', 'Account'];
const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Reads a pattern of a resource type. A variable called only `Id` or `Name` is about the type itself. */
export function parseArnPattern(pattern: string, resourceType: string): ArnPattern {
  const segments: ArnPattern['segments'][number][] = [];
  let shape = '';
  let openVariables = 0;
  for (const part of pattern.split(/(\$\{[^}]+\})/)) {
    const variable = /^\$\{([^}]+)\}$/.exec(part)?.[1];
    if (part === '') continue;
    if (variable === undefined) {
      segments.push(part);
      shape += escaped(part);
      continue;
    }
    const isPlace = placeVariables.includes(variable);
    if (!isPlace) openVariables++;
    segments.push({ variable, stem: stemOf(variable), typeStem: stemOf(resourceType) });
    shape += isPlace ? '[^:]*' : '.+';
  }
  return { segments, openVariables, shape: new RegExp(`^${shape}$`, 's') };
}

interface Member {
  readonly stem: string;
  readonly values: readonly string[];
}

/** An input's members that can name something: texts and lists of texts. */
export class NamingMembers {
  readonly #members: Member[] = [];

  constructor(input: unknown) {
    if (typeof input !== 'object' || input === null) return;
    for (const [name, value] of Object.entries(input)) {
      const values = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [value];
      if (values.length > 0 && typeof values[0] === 'string') this.#members.push({ stem: memberStem(name), values });
    }
  }

  /** What of the input is an ARN of that shape. */
  arns(shape: RegExp): readonly string[] {
    return this.#members.flatMap(({ values }) => values.filter((value) => isArn(value) && shape.test(value)));
  }

  /** The first member that fits and that nothing stands for yet. */
  find(fits: (stem: string) => boolean, taken: ReadonlySet<Member>): Member | undefined {
    return this.#members.find((member) => fits(member.stem) && !taken.has(member) && !isArn(member.values[0]));
  }
}

const isArn = (value: string | undefined): boolean => value?.startsWith('arn:') === true;

/** Names of one thing in patterns and in inputs. */
const otherStems: Readonly<Record<string, readonly string[]>> = {
  dbclusterinstance: ['dbcluster'],
  groupfriendly: ['autoscalinggroup'],
  keypair: ['key'],
  loggroup: ['loggroupidentifier'],
  object: ['key'],
  securitygroup: ['group'],
};

/** What stands for a variable that the input leaves out. */
const defaults: Readonly<Record<string, string>> = {
  'ecs:ClusterName': 'default',
  'scheduler:GroupName': 'default',
};

export interface Filled {
  readonly arns: readonly string[];
  /** Variables that were found in the input. */
  readonly found: number;
  readonly isComplete: boolean;
  /** The input gave the whole ARN. */
  readonly isGiven: boolean;
}

const lastOfUrl = (value: string): string => (/^https?:\/\//.test(value) ? (value.split('/').at(-1) ?? value) : value);
const accountOfUrl = (value: string): string | undefined => /^https?:\/\/[^/]+\/(\d{12})\//.exec(value)?.[1];

const endsLike = (longer: string, shorter: string): boolean => shorter.length >= 3 && longer.endsWith(shorter);

/** Ways in which a member may stand for a variable, the surest first. */
const ways: readonly ((variable: Variable) => (stem: string) => boolean)[] = [
  ({ stem }) =>
    (member) =>
      stem !== '' && (member === stem || (otherStems[stem] ?? []).includes(member)),
  ({ stem, typeStem }) =>
    (member) =>
      stem === '' && typeStem !== '' && member === typeStem,
  ({ stem }) =>
    (member) =>
      endsLike(member, stem) || endsLike(stem, member),
];

/** Values of each segment: undefined for what needs none, empty for a variable that stays open. */
function valuesOf(
  { segments }: ArnPattern,
  members: NamingMembers,
  service: string,
): (readonly string[] | undefined)[] {
  const values = segments.map((segment): readonly string[] | undefined =>
    typeof segment === 'string' || placeVariables.includes(segment.variable) ? undefined : [],
  );
  const taken = new Set<Member>();
  const settle = (at: number, member: Member | undefined): void => {
    if (member === undefined) return;
    taken.add(member);
    values[at] = member.values;
  };
  const open = (): [number, Variable][] =>
    segments.flatMap((segment, at): [number, Variable][] =>
      typeof segment !== 'string' && values[at]?.length === 0 ? [[at, segment]] : [],
    );
  const takeUnnamed = (): void => {
    const [[at] = [], ...others] = open();
    if (at !== undefined && others.length === 0)
      settle(
        at,
        members.find((stem) => stem === '', taken),
      );
  };
  for (const way of ways) for (const [at, variable] of open()) settle(at, members.find(way(variable), taken));
  takeUnnamed();
  for (const [at, { variable }] of open()) {
    const usual = defaults[`${service}:${variable}`];
    if (usual !== undefined) values[at] = [usual];
  }
  takeUnnamed();
  return values;
}

/** Fills a pattern; a variable with several values (`InstanceIds`) gives as many ARNs. */
export function fillPattern(pattern: ArnPattern, members: NamingMembers, place: Place, service: string): Filled {
  const given = members.arns(pattern.shape);
  if (given.length > 0) return { arns: given, found: pattern.openVariables, isComplete: true, isGiven: true };
  const values = valuesOf(pattern, members, service);
  const found = values.filter((list) => list !== undefined && list.length > 0).length;
  const several = Math.max(1, ...values.map((list) => list?.length ?? 0));
  const arns = Array.from({ length: several }, (_, item) =>
    arnOf(
      pattern,
      values.map((list) => list?.[item] ?? list?.[0]),
      place,
    ),
  );
  return { arns, found, isComplete: found === pattern.openVariables, isGiven: false };
}

const arnOf = ({ segments }: ArnPattern, values: readonly (string | undefined)[], place: Place): string => {
  const account = values.map((value) => value && accountOfUrl(value)).find(Boolean) ?? place.account;
  const known: Readonly<Record<string, string>> = {
    Partition: place.partition,
    Region: place.region,
    Account: account,
  };
  return segments
    .map((segment, at) => {
      if (typeof segment === 'string') return segment;
      const value = values[at];
      if (value === undefined) return known[segment.variable] ?? '*';
      return segment.variable.endsWith('WithoutLeadingSlash') ? value.replace(/^\//, '') : lastOfUrl(value);
    })
    .join('');
};
