// Patterns over ARNs. The six parts of an ARN are compared one by one, so that `*` in one part never swallows a colon of
// the next; the last part may hold colons itself.
import {
  type ContextLookup,
  compileTemplate,
  expand,
  type Glob,
  globOf,
  manyUnits,
  matches,
  type Template,
  type TemplateRules,
} from './template.ts';

const colon = 58;

/** An ARN in its six parts; one part only when the text is no ARN. */
export type ArnParts = readonly string[];

export function splitArn(text: string): ArnParts {
  if (!text.startsWith('arn:')) return [text];
  const parts: string[] = [];
  let at = 0;
  while (parts.length < 5) {
    const next = text.indexOf(':', at);
    if (next < 0) break;
    parts.push(text.slice(at, next));
    at = next + 1;
  }
  parts.push(text.slice(at));
  return parts;
}

export interface ArnPattern {
  /** True for a lone `*`. */
  readonly everything: boolean;
  readonly template: Template;
  /** The six patterns, when no variable stands in the text. */
  readonly fixed: readonly Glob[] | undefined;
}

const any = globOf([manyUnits]);

/** Cuts a pattern at its first five colons. Missing parts match everything, as AWS completes them. */
function splitGlob(glob: Glob): readonly Glob[] {
  const segments: number[][] = [[]];
  for (const unit of glob.units) {
    if (unit === colon && segments.length < 6) segments.push([]);
    else segments.at(-1)?.push(unit);
  }
  const globs = segments.map(globOf);
  if (globs[0]?.literal !== 'arn') return [glob];
  while (globs.length < 6) globs.push(any);
  return globs;
}

export function compileArnPattern(text: string, rules: TemplateRules): ArnPattern {
  const template = compileTemplate(text, rules);
  return {
    everything: rules.wildcards && text === '*',
    template,
    fixed: template.fixed === undefined ? undefined : splitGlob(template.fixed),
  };
}

/** Does the ARN fit? A request without a resource (`*`) is fitted by `*` only. */
export function matchesArn(pattern: ArnPattern, parts: ArnParts, lookup: ContextLookup): boolean {
  if (pattern.everything) return true;
  let globs = pattern.fixed;
  if (globs === undefined) {
    const expanded = expand(pattern.template, lookup);
    if (expanded === undefined) return false;
    globs = splitGlob(expanded);
  }
  if (globs.length === 1) return matches(globs[0] ?? any, parts.join(':'));
  if (globs.length !== parts.length) return false;
  // The resource tells most, so it is asked first.
  for (let at = parts.length - 1; at > 0; at--) if (!matches(globs[at] ?? any, parts[at] ?? '')) return false;
  return true;
}
