// YAML as cloud-init reads it: of version 1.1, in which `yes` is true and `0600` is octal.
import { parseDocument } from 'yaml';

export type Yaml = string | number | boolean | null | readonly Yaml[] | { readonly [key: string]: Yaml };

/** A text of a few lines could else mean gigabytes. */
const aliasesMax = 100;

/** @throws Error with the line, for what is no YAML */
export function readYaml(text: string): Yaml {
  const document = parseDocument(text, { version: '1.1', prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return document.toJS({ maxAliasCount: aliasesMax }) as Yaml;
}
