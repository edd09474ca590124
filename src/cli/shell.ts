// hakoniwa connect: a shell in the server of an instance.
import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { type CommonOptions, connect } from './connect.ts';
import { CliFailure } from './failure.ts';

interface ShellView {
  readonly machine: string;
  readonly words: readonly string[];
}

/** Hands the terminal over; the exit code is the shell's. */
export async function openShell(instanceId: string, options: CommonOptions): Promise<void> {
  const view = await connect(options).get<ShellView>(`/shells/${encodeURIComponent(instanceId)}`);
  const { machine, words } = view;
  if (machine !== hostname())
    throw new CliFailure(`The server runs on ${machine}.`, `Give the command there: hakoniwa connect ${instanceId}`);
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: 'inherit' });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (ended) => resolve(ended ?? 1));
  });
  process.exitCode = code;
}
