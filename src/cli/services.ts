import { type CommonOptions, connect } from './connect.ts';
import { paint, show, tableOf } from './terminal.ts';
import type { ServiceLine } from '../admin/house.ts';

interface Line {
  readonly name: string;
  readonly shelf: string;
  readonly done: number;
  readonly modelled: number;
}

const barCells = 10;

/** Share done, as a bar: it is never full before all is done. */
function barOf({ done, modelled }: Line): string {
  const cells = modelled === 0 ? 0 : Math.floor((done / modelled) * barCells);
  return '█'.repeat(cells) + '░'.repeat(barCells - cells);
}

/** `hakoniwa services`: how many operations of each service's model are built; with a name, which. */
export async function services(
  name: string | undefined,
  options: CommonOptions & { readonly all?: boolean },
): Promise<void> {
  const client = connect(options);
  if (name !== undefined) {
    const line = await client.get<ServiceLine>(`/services/${encodeURIComponent(name)}`);
    show(
      line,
      options.json,
      () => `${line.operations.join('\n')}\n${line.operations.length} of ${line.modelled} operations\n`,
    );
    return;
  }
  const { services: lines } = await client.get<{ readonly services: readonly Line[] }>('/services');
  show(lines, options.json, () => {
    const shown = options.all === true ? lines : lines.filter(({ done }) => done > 0);
    const rows = shown.map((line) => [
      line.name,
      line.shelf,
      `${line.done} of ${line.modelled}`,
      paint('green', barOf(line)),
    ]);
    const hidden = lines.length - shown.length;
    const rest =
      hidden === 0
        ? ''
        : `\n${hidden} more are known by their API only and answer NotImplemented (--all lists them).\n`;
    return tableOf(['service', 'shelf', 'operations', ''], rows) + rest;
  });
}
