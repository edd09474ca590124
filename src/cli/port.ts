// Why a port could not be opened, and what to do about it.
import { AdminClient } from '../admin/client.ts';
import type { StatusView } from '../admin/status.ts';
import { CliFailure, exitCode } from './failure.ts';

const askTimeoutMs = 2_000;

/** The Hakoniwa that answers at an endpoint; undefined when something else or nothing does. */
export async function findCloud(endpoint: string): Promise<StatusView | undefined> {
  try {
    return await new AdminClient(endpoint).get<StatusView>('/status', askTimeoutMs);
  } catch {
    return undefined;
  }
}

export async function explainPort(
  error: NodeJS.ErrnoException,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<CliFailure> {
  const elsewhere = `Or start this one at another port: hakoniwa start --port ${port + 34}`;
  if (error.code === 'EACCES') {
    return new CliFailure(`You may not open port ${port}.`, 'Choose one above 1023: --port 4566', exitCode.portTaken);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    return new CliFailure(
      `This machine has no address ${host}.`,
      'Use --host 127.0.0.1 or --host 0.0.0.0',
      exitCode.usage,
    );
  }
  if (error.code !== 'EADDRINUSE') return new CliFailure(`Port ${port} cannot be opened: ${error.message}`, '');
  const endpoint = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
  const running = await findCloud(endpoint);
  if (running === undefined) {
    return new CliFailure(
      `Port ${port} is taken by another program.`,
      `Find it with: lsof -i :${port}\n${elsewhere}`,
      exitCode.portTaken,
    );
  }
  const { pid, account, dataFolder } = running;
  return new CliFailure(
    `A Hakoniwa runs at port ${port} already: process ${pid}, account ${account}, ${dataFolder === undefined ? 'in memory' : `data in ${dataFolder}`}.`,
    `Use it as it is, empty it with: hakoniwa reset${flag(port)}, or end it with: hakoniwa stop${flag(port)}\n${elsewhere}`,
    exitCode.portTaken,
  );
}

const flag = (port: number): string => (port === 4566 ? '' : ` --endpoint http://127.0.0.1:${port}`);
