import { type CommonOptions, connect } from './connect.ts';
import { findCloud } from './port.ts';
import { CliFailure } from './failure.ts';
import { show } from './terminal.ts';

const patienceMs = 10_000;
const askEveryMs = 50;

/** `hakoniwa stop`: ends the cloud gracefully, and returns when it is gone. */
export async function stop(options: CommonOptions): Promise<void> {
  const client = connect(options);
  const { pid } = await client.post<{ readonly pid: number }>('/stop');
  for (let waitedMs = 0; (await findCloud(client.endpoint)) !== undefined; waitedMs += askEveryMs) {
    if (waitedMs > patienceMs) {
      throw new CliFailure(`Process ${pid} is still finishing its requests.`, `Wait, or force it: kill ${pid}`);
    }
    await new Promise((next) => setTimeout(next, askEveryMs));
  }
  show({ stopped: true, pid }, options.json, () => `Stopped (process ${pid}).\n`);
}
