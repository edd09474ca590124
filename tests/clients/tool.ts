// Real clients are found, not required. What is found decides which tests are declared; what is missing is said in one test of each
// file, by name and with the reason, so that a run without a tool does not look like a run with it.
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const execute = promisify(execFile);

/** A tool that can be run, or why it cannot. */
export interface Tool {
  readonly name: string;
  readonly missing: string | undefined;
}

/** Looks for a program by running it. */
export function findTool(name: string, program: string, probe: readonly string[]): Tool {
  try {
    execFileSync(program, probe, { stdio: 'ignore', timeout: 30_000 });
    return { name, missing: undefined };
  } catch {
    return { name, missing: `${program} ${probe.join(' ')} does not run here` };
  }
}

interface Left {
  readonly title: string;
  readonly reason: string;
}

/** Declares the tests of one tool: `client.test` as vitest's, `client.report()` once at the end of the file. */
export function suiteOf(tool: Tool) {
  const leftOut: Left[] = [];
  let declared = 0;
  return {
    test(title: string, body: () => Promise<void>, timeoutMs = 60_000): void {
      if (tool.missing !== undefined) leftOut.push({ title, reason: tool.missing });
      else {
        declared++;
        test(title, body, timeoutMs);
      }
    },
    /** One test that says what was left out. Either all tests of the tool are there, or none. */
    report(): void {
      test(`${tool.name}: what was left out`, () => {
        for (const { title, reason } of leftOut) console.warn(`left out: ${title} (${reason})`);
        expect(declared > 0).toBe(tool.missing === undefined);
        expect(leftOut.length > 0).toBe(tool.missing !== undefined);
      });
    },
  };
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end; a code other than 0 is an answer as well. */
export async function run(
  program: string,
  words: readonly string[],
  options: { readonly folder?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  try {
    const { stdout, stderr } = await execute(program, [...words], {
      cwd: options.folder,
      env: { ...process.env, ...credentials, ...options.env },
      maxBuffer: 64 * 2 ** 20,
    });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, out: stdout, err: stderr };
  }
}

/** What every AWS client reads, and nothing of the user's own. */
const credentials = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_SESSION_TOKEN: '',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_REGION: 'eu-west-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
};
