// Texts of a policy that are compared with texts of a request: wildcards (`*`, `?`) and policy variables (`${aws:username}`).
//
// A text is compiled once into parts; parts without variables become one `Glob` at once. Wildcards come only from the
// policy's own text: a `*` in the value of a variable is an asterisk.
//
// Unknown: whether AWS treats a wildcard inside a variable's value as one; no page tells.

/** Condition keys of a request. Keys are asked for in lower case. */
export type ContextLookup = (key: string) => string | readonly string[] | undefined;

export const manyUnits = -1;
export const oneUnit = -2;

/** A pattern: code units, `manyUnits` for `*`, `oneUnit` for `?`. */
export interface Glob {
  readonly units: readonly number[];
  /** The text itself when it has no wildcard. */
  readonly literal: string | undefined;
}

interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

export interface Template {
  /** The pattern, when no variable stands in it. */
  readonly fixed: Glob | undefined;
  readonly parts: readonly (readonly number[] | Variable)[];
  /** Lower-case keys of the variables. */
  readonly keys: readonly string[];
}

export interface TemplateRules {
  /** Policy variables exist since version 2012-10-17. */
  readonly variables: boolean;
  readonly wildcards: boolean;
}

const variableForm = /^([^,'{}]+?)\s*(?:,\s*'([^']*)'\s*)?$/;

const unitsOf = (text: string, wildcards: boolean): number[] =>
  Array.from({ length: text.length }, (_, at) => {
    const unit = text.charCodeAt(at);
    if (!wildcards) return unit;
    return unit === 42 ? manyUnits : unit === 63 ? oneUnit : unit;
  });

export const globOf = (units: readonly number[]): Glob => ({
  units,
  literal: units.every((unit) => unit >= 0) ? String.fromCharCode(...units) : undefined,
});

/** A text with wildcards and without variables. */
export const compileGlob = (text: string): Glob => globOf(unitsOf(text, true));

/** Splits a text at its variables. An opened `${` that never closes is text. */
export function compileTemplate(text: string, rules: TemplateRules): Template {
  const parts: (readonly number[] | Variable)[] = [];
  let plain: number[] = [];
  let at = 0;
  while (at < text.length) {
    const open = rules.variables ? text.indexOf('${', at) : -1;
    const close = open < 0 ? -1 : text.indexOf('}', open);
    if (close < 0) {
      plain.push(...unitsOf(text.slice(at), rules.wildcards));
      break;
    }
    plain.push(...unitsOf(text.slice(at, open), rules.wildcards));
    const inner = text.slice(open + 2, close);
    const variable = variableForm.exec(inner);
    if (inner === '*' || inner === '?' || inner === '$') plain.push(inner.charCodeAt(0));
    else if (variable === null) plain.push(...unitsOf(text.slice(open, close + 1), rules.wildcards));
    else {
      parts.push(plain, { key: (variable[1] ?? '').trim().toLowerCase(), fallback: variable[2] });
      plain = [];
    }
    at = close + 1;
  }
  parts.push(plain);
  const keys = parts.flatMap((part) => ('key' in part ? [part.key] : []));
  return { parts, keys, fixed: keys.length === 0 ? globOf(plain) : undefined };
}

/** The pattern for one request; undefined when a variable has no single value, then nothing matches. */
export function expand(template: Template, lookup: ContextLookup): Glob | undefined {
  if (template.fixed !== undefined) return template.fixed;
  const units: number[] = [];
  for (const part of template.parts) {
    if (!('key' in part)) {
      units.push(...part);
      continue;
    }
    const found = lookup(part.key);
    const value = (typeof found === 'string' ? found : found?.length === 1 ? found[0] : undefined) ?? part.fallback;
    if (value === undefined) return undefined;
    units.push(...unitsOf(value, false));
  }
  return globOf(units);
}

/** Walks pattern and text once, going back to the last `*` only: no pattern makes it slow. */
export function matches(glob: Glob, text: string): boolean {
  if (glob.literal !== undefined) return glob.literal === text;
  const { units } = glob;
  let unitAt = 0;
  let textAt = 0;
  let star = -1;
  let starText = 0;
  while (textAt < text.length) {
    const unit = units[unitAt];
    if (unit === manyUnits) {
      star = unitAt;
      starText = textAt;
      unitAt += 1;
    } else if (unit === oneUnit || unit === text.charCodeAt(textAt)) {
      unitAt += 1;
      textAt += 1;
    } else if (star >= 0) {
      starText += 1;
      textAt = starText;
      unitAt = star + 1;
    } else return false;
  }
  while (units[unitAt] === manyUnits) unitAt += 1;
  return unitAt === units.length;
}
