import { type CommonOptions, connect } from './connect.ts';
import { show } from './terminal.ts';

/** `hakoniwa reset`: an empty cloud, with the clock it started with. */
export async function reset(options: CommonOptions): Promise<void> {
  const view = await connect(options).post<{ readonly tookMs: number }>('/reset');
  show(view, options.json, () => `Empty again (${view.tookMs.toFixed(1)} ms).\n`);
}
