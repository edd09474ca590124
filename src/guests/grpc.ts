// gRPC as a simulated guest speaks it: it is in good health, and has no other method.
// @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
// @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';

const ok = 0;
const unimplemented = 12;
const healthMethod = '/grpc.health.v1.Health/Check';
/** A message of two bytes: field 1, SERVING; before it that it is not compressed, and its length. */
const serving = Uint8Array.from([0, 0, 0, 0, 2, 0x08, 1]);

export const isGrpc = ({ headers }: Pick<HttpRequest, 'headers'>): boolean =>
  headers['content-type']?.startsWith('application/grpc') === true;

export function answerGrpc({ target }: HttpRequest): HttpResponse {
  const isHealth = target === healthMethod;
  const status: Record<string, string> = { 'grpc-status': String(isHealth ? ok : unimplemented) };
  if (!isHealth) status['grpc-message'] = `unknown method ${target}`.replaceAll(/[^\x20-\x7e]/g, '?');
  return {
    status: 200,
    headers: { 'content-type': 'application/grpc' },
    body: isHealth ? serving : undefined,
    trailers: () => status,
  };
}
