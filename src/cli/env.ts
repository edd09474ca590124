import { basename } from 'node:path';
import { type CommonOptions, endpointOf } from './connect.ts';
import { awsVariables, endpointForTools, misleadingVariables } from './environment.ts';
import { CliFailure, exitCode } from './failure.ts';
import { findCloud } from './port.ts';

interface Shell {
  readonly set: (name: string, value: string) => string;
  readonly unset: (name: string) => string;
  readonly hint: string;
}

const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

const shells: Readonly<Record<string, Shell>> = {
  sh: {
    set: (name, value) => `export ${name}=${quoted(value)}`,
    unset: (name) => `unset ${name}`,
    hint: '# Run: eval "$(hakoniwa env)"',
  },
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replaceAll(/['\\]/g, '\\$&')}'`,
    unset: (name) => `set -e ${name}`,
    hint: '# Run: hakoniwa env --shell fish | source',
  },
  powershell: {
    set: (name, value) => `$Env:${name} = '${value.replaceAll("'", "''")}'`,
    unset: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
    hint: '# Run: hakoniwa env --shell powershell | Out-String | Invoke-Expression',
  },
};

/** By the shell that is running; bash, zsh and others speak as sh does. */
function ownShell(): string {
  const name = basename(process.env['SHELL'] ?? '');
  if (name === 'fish') return 'fish';
  return name === '' && process.env['PSModulePath'] !== undefined ? 'powershell' : 'sh';
}

/** `hakoniwa env`: exports for a shell. Also when no cloud runs yet. */
export async function env(options: CommonOptions & { readonly shell?: string }): Promise<void> {
  const endpoint = endpointOf(options);
  const running = await findCloud(endpoint);
  const variables = awsVariables(endpointForTools(endpoint, running?.endpoint), running?.region ?? 'us-east-1');
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(variables, undefined, 2)}\n`);
    return;
  }
  const name = options.shell ?? ownShell();
  const shell = Object.hasOwn(shells, name)
    ? shells[name]
    : shells[['bash', 'zsh', 'dash', 'ksh'].includes(name) ? 'sh' : ''];
  if (shell === undefined)
    throw new CliFailure(
      `No shell ${name} is known.`,
      `Choose one of: ${Object.keys(shells).join(', ')}.`,
      exitCode.usage,
    );
  const lines = [
    ...Object.entries(variables).map(([variable, value]) => shell.set(variable, value)),
    ...misleadingVariables.filter((variable) => process.env[variable] !== undefined).map(shell.unset),
    shell.hint,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
