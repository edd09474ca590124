// One request as one line: for `hakoniwa requests` and for `start --log requests`.
import type { RequestView } from '../admin/request.ts';
import type { Cloud } from '../cloud.ts';
import { padded, paint, plain } from './terminal.ts';

const serviceWidth = 12;
const operationWidth = 30;

const styleOf = (status: number): 'green' | 'yellow' | 'red' =>
  status < 400 ? 'green' : status < 500 ? 'yellow' : 'red';

/** `12:00:00.123  s3            PutObject                       200     1.2 ms`, and what went wrong. */
export function requestLine(request: RequestView): string {
  const { at, service, operation, status, durationMs, error, message, internal } = request;
  const shown = [
    paint('gray', at.slice(11, 23)),
    padded(plain(internal ? `↳ ${service}` : service), serviceWidth),
    padded(plain(operation), operationWidth),
    paint(styleOf(status), String(status)),
    padded(`${durationMs.toFixed(1)} ms`.padStart(9), 9),
  ];
  if (error !== undefined) shown.push(`${paint(styleOf(status), plain(error))} ${plain(message ?? '')}`);
  return `${shown.join('  ')}\n`;
}

/** Prints each request of a cloud in this process. */
export function logRequests(cloud: Cloud, mode: 'requests' | 'json'): void {
  cloud.requests.follow((record) => {
    if (record.internal && mode === 'requests') return;
    const view = { ...record, at: new Date(record.at).toISOString() };
    process.stdout.write(mode === 'json' ? `${JSON.stringify({ event: 'request', ...view })}\n` : requestLine(view));
  });
}
