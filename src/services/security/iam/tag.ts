// Tags of IAM's resources. Keys are unique without regard to case; a key that comes again keeps its place and takes the new case.
import { errors } from './errors.ts';
import { tagsPerResource } from './limits.ts';
import { type Page, page } from './page.ts';
import { lower, type Tag } from './state.ts';

interface GivenTag {
  readonly Key: string;
  readonly Value: string;
}

const checkKey = ({ Key }: GivenTag): void => {
  if (/^aws:/i.test(Key)) throw errors.invalidInput('Cannot create tags whose keys start with "aws:".');
};

/** Tags of a new resource. */
export function newTags(given: readonly GivenTag[] | undefined): readonly Tag[] {
  return addTags([], given ?? []);
}

export function addTags(existing: readonly Tag[], given: readonly GivenTag[]): readonly Tag[] {
  const seen = new Set<string>();
  const tags = new Map(existing.map((tag) => [lower(tag.Key), tag]));
  for (const tag of given) {
    checkKey(tag);
    const name = lower(tag.Key);
    if (seen.has(name))
      throw errors.invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    seen.add(name);
    tags.set(name, { Key: tag.Key, Value: tag.Value });
  }
  if (tags.size > tagsPerResource)
    throw errors.limit(`The number of tags has reached the maximum limit of ${tagsPerResource}.`);
  return [...tags.values()];
}

export function removeTags(existing: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  const gone = new Set(keys.map(lower));
  return existing.filter((tag) => !gone.has(lower(tag.Key)));
}

export const shownTags = (tags: readonly Tag[]): { Tags?: Tag[] } => (tags.length === 0 ? {} : { Tags: [...tags] });

/** The answer of the `List…Tags` operations. */
export function listTags(
  tags: readonly Tag[],
  request: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
): { Tags: Tag[] } & Page<Tag>['rest'] {
  const { items, rest } = page(tags, request, (tag) => tag.Key);
  return { Tags: items, ...rest };
}
