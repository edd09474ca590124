// hakoniwa trace and hakoniwa curl: where a packet goes, and what answers.
import type { ExchangeView, HopView, TraceView } from '../admin/trace.ts';
import { type CommonOptions, connect } from './connect.ts';
import { paint, plain, show } from './terminal.ts';

export interface TraceOptions extends CommonOptions {
  readonly from: string;
  readonly to: string;
  readonly protocol?: string;
  readonly source?: string;
}

const way = (hops: readonly HopView[]): string =>
  hops.map(({ at, steps }) => `  ${at}\n${steps.map((step) => `    ${step}\n`).join('')}`).join('');

export function traceText({ delivered, sentence, forward, back }: TraceView): string {
  const verdict = paint(delivered ? 'green' : 'red', sentence);
  const answer = back.length === 0 ? '' : `and back\n${way(back)}`;
  return `${verdict}\n\nthere\n${way(forward)}${answer}`;
}

/** Exit code 1 when the packet does not arrive, so that scripts can ask. */
export async function trace({ from, to, protocol, source, ...options }: TraceOptions): Promise<void> {
  const view = await connect(options).post<TraceView>('/trace', { from, to, protocol, source });
  show(view, options.json, () => traceText(view));
  if (!view.delivered) process.exitCode = 1;
}

export interface CurlOptions extends CommonOptions {
  readonly from: string;
  readonly request?: string;
  readonly header?: readonly string[];
  readonly data?: string;
  readonly include?: boolean;
}

const headersOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines.map((text) => {
      const at = text.indexOf(':');
      return at < 0 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    }),
  );

function exchangeText({ answer, failure, sentence }: ExchangeView, include: boolean): string {
  if (answer === undefined) return `${paint('red', failure ?? 'failed')}: ${sentence}\n`;
  const { status, headers, body } = answer;
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${plain([value].flat().join(', '))}\n`);
  return `${include ? `${status}\n${head.join('')}\n` : ''}${body}`;
}

export async function curl(
  url: string,
  { from, request, header, data, include, ...options }: CurlOptions,
): Promise<void> {
  const view = await connect(options).post<ExchangeView>('/http', {
    from,
    url,
    method: request ?? (data === undefined ? 'GET' : 'POST'),
    headers: headersOf(header ?? []),
    body: data,
  });
  show(view, options.json, () => exchangeText(view, include === true));
  if (view.failure !== undefined) process.exitCode = 1;
}
