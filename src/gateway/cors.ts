// Browsers on other sites: AWS's endpoints let any of them read, but for S3, where the bucket says who may.
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';

export const corsHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-query-error,x-amz-crc32,x-amz-request-id,x-amz-id-2,Date',
};

/** The answer to a browser that asks whether it may send a request. */
export const preflight = (request: HttpRequest): HttpResponse => ({
  status: 200,
  headers: {
    ...corsHeaders,
    'access-control-allow-methods': 'GET,POST,PUT,DELETE,HEAD,PATCH,OPTIONS',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '172800',
    'content-length': '0',
  },
  body: undefined,
});
