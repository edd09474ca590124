// A folder of its own in which Terraform works on a configuration, against one endpoint.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Terraform } from './provider.ts';
import { run } from './tool.ts';

export interface Workspace {
  /** `terraform …`, and its exit code. */
  tf(...words: string[]): Promise<{ readonly code: number; readonly text: string }>;
  /** `terraform …` that must succeed, and what it said. */
  succeeds(...words: string[]): Promise<string>;
  /** A second plan that finds nothing to change. */
  isSettled(): Promise<void>;
  remove(): Promise<void>;
}

/** Copies a configuration, whose variable `endpoint` says where the cloud is. */
export async function openWorkspace(tool: Terraform, source: URL, endpoint: string): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'hakoniwa-terraform-'));
  await cp(source.pathname, folder, { recursive: true });
  const installation = `provider_installation {\n  filesystem_mirror { path = ${JSON.stringify(tool.mirror)} }\n}\n`;
  if (tool.mirror !== undefined) await writeFile(join(folder, 'cli.rc'), installation);
  const own = tool.mirror === undefined ? {} : { TF_CLI_CONFIG_FILE: join(folder, 'cli.rc') };
  const env = { ...own, TF_VAR_endpoint: endpoint, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };

  const tf: Workspace['tf'] = async (...words) => {
    const { code, out, err } = await run('terraform', words, { folder, env });
    return { code, text: out + err };
  };
  return {
    tf,
    async succeeds(...words) {
      const { code, text } = await tf(...words, '-no-color', '-input=false');
      expect(code, text).toBe(0);
      return text;
    },
    async isSettled() {
      // Exit code 2 would tell of changes.
      const plan = await tf('plan', '-detailed-exitcode', '-no-color', '-input=false');
      expect(plan.code, plan.text).toBe(0);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
