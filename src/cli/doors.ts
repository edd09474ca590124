// hakoniwa doors: names and ports of load balancers, and where this machine finds them.
import { type CommonOptions, connect } from './connect.ts';
import { show } from './terminal.ts';

interface Door {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly local?: string;
}

const line = ({ name, port, protocol, local }: Door): string =>
  `${name}:${port}  ${protocol}  ${local ?? 'by name, on the port of the cloud'}\n`;

export async function doors(options: CommonOptions): Promise<void> {
  const listed = await connect(options).get<{ readonly doors: readonly Door[] }>('/doors');
  show(listed, options.json, () => (listed.doors.length === 0 ? 'There are none.\n' : listed.doors.map(line).join('')));
}
