// Which cloud a command is for.
import { AdminClient } from '../admin/client.ts';
import { CliFailure, exitCode } from './failure.ts';

/** What every command takes. */
export interface CommonOptions {
  readonly endpoint?: string | undefined;
  readonly json?: boolean | undefined;
}

/** The address rather than the name: on some machines `localhost` is asked over IPv6 first. */
export const defaultEndpoint = 'http://127.0.0.1:4566';

/** `--endpoint`, else HAKONIWA_ENDPOINT, else the usual port of this machine. `4600` alone means a port. */
export function endpointOf({ endpoint }: CommonOptions): string {
  const given = endpoint ?? process.env['HAKONIWA_ENDPOINT'] ?? defaultEndpoint;
  const text = /^\d+$/.test(given) ? `http://127.0.0.1:${given}` : given.includes('://') ? given : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '');
  throw new CliFailure(`No endpoint: ${given}`, 'Write it as http://127.0.0.1:4566, or just the port.', exitCode.usage);
}

export const connect = (options: CommonOptions): AdminClient => new AdminClient(endpointOf(options));
