// hakoniwa connect: a shell in the server of an instance.
import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { type CommonOptions, connect } from './connect.ts';
import { CliFailure } from './failure.ts';

interface ShellView {
  readonly machine: string;
  /** Whom the cloud runs as; undefined on Windows. */
  readonly user?: number | undefined;
  readonly words: readonly string[];
}

/** Hands the terminal over; the exit code is the shell's. */
export async function openShell(instanceId: string, options: CommonOptions): Promise<void> {
  const view = await connect(options).get<ShellView>(`/shells/${encodeURIComponent(instanceId)}`);
  const { machine, user, words } = view;
  const again = `hakoniwa connect ${instanceId}`;
  if (machine !== hostname())
    throw new CliFailure(`The server runs on ${machine}.`, `Give the command there: ${again}`);
  if (user !== undefined && user !== process.getuid?.())
    throw new CliFailure(
      'The cloud runs as another user, who alone may open a shell in its servers.',
      `As that user: sudo -u '#${user}' ${again}`,
    );
  const [program = '', ...rest] = words;
  // Without a terminal, engines take no `-t`.
  const given = process.stdin.isTTY ? rest : rest.map((word) => (word === '-it' ? '-i' : word));
  const child = spawn(program, given, { stdio: 'inherit' });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', () =>
      reject(new CliFailure(`The program ${program} is needed for that, and cannot be run.`, '')),
    );
    child.once('close', (ended) => resolve(ended ?? 1));
  });
  process.exitCode = code;
}
