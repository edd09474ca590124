import { writeDuration } from '../kernel/duration.ts';
import type { StatusView } from '../admin/status.ts';
import { mebibyte } from '../kernel/units.ts';
import { clockLine } from './clock.ts';
import { type CommonOptions, connect } from './connect.ts';
import { paint, show, tableOf } from './terminal.ts';

/** `hakoniwa status`: which cloud runs, and what is in it. */
export async function status(options: CommonOptions): Promise<void> {
  const client = connect(options);
  const view = await client.get<StatusView>('/status');
  show(view, options.json, () => textOf(view, client.endpoint));
}

function textOf(view: StatusView, endpoint: string): string {
  const lines = [
    `${paint('green', 'running')}  Hakoniwa ${view.version} at ${view.endpoint ?? endpoint}`,
    `process  ${view.pid}, up ${writeDuration(view.uptimeSeconds)}, ${Math.round(view.memoryBytes / mebibyte)} MiB, Node ${view.node}`,
    `account  ${view.account}, ${view.region}`,
    `data     ${view.dataFolder ?? 'in memory'}`,
    `seed     ${view.seed}`,
    `clock    ${clockLine(view.clock)}`,
  ];
  const rows = Object.entries(view.state).map(([service, tables]) => [
    service,
    Object.entries(tables)
      .map(([table, count]) => `${count} ${table}`)
      .join(', '),
  ]);
  return `${lines.join('\n')}\n${rows.length === 0 ? 'Nothing is in it yet.\n' : `\n${tableOf(['service', 'rows'], rows)}`}`;
}
