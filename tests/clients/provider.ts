// Where Terraform finds the AWS provider without asking anybody: a folder that mirrors registries, or the user's own configuration.
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findTool, type Tool } from './tool.ts';

const source = 'registry.terraform.io/hashicorp/aws';

const entriesOf = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** A mirror holds `HOST/NAMESPACE/TYPE/`, with packed files or unpacked folders by version. */
const isMirror = (folder: string): boolean => entriesOf(join(folder, source)).length > 0;

/** Places that Terraform's documentation names, and the usual ones for software of one's own. */
function mirrors(): string[] {
  const named = [process.env['TF_PLUGIN_DIR'], join(homedir(), '.terraform.d/plugins')];
  const shared = ['/usr/share/terraform/plugins', '/usr/local/share/terraform/plugins'];
  const own = entriesOf('/opt').map((name) => join('/opt', name));
  return [...named, ...shared, ...own].filter((folder): folder is string => folder !== undefined && isMirror(folder));
}

/** Does the user's own configuration name a mirror? One that names none would go to the registry. */
function hasConfiguredMirror(): boolean {
  try {
    return readFileSync(process.env['TF_CLI_CONFIG_FILE'] ?? '', 'utf8').includes('filesystem_mirror');
  } catch {
    return false;
  }
}

export interface Terraform extends Tool {
  /** The mirror to use; undefined: the user's configuration says. */
  readonly mirror: string | undefined;
}

/** Terraform, if it is there and can get the provider without a network. */
export function findTerraform(): Terraform {
  const tool = findTool('Terraform', 'terraform', ['version']);
  const [mirror] = mirrors();
  const configured = mirror === undefined && hasConfiguredMirror();
  if (tool.missing !== undefined || mirror !== undefined || configured) return { ...tool, mirror };
  return { ...tool, mirror, missing: 'no filesystem mirror holds the provider hashicorp/aws (set TF_PLUGIN_DIR)' };
}
