// Which requests are for the cloud's own API, told before anything of it is loaded.
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import type { House, HouseOptions } from './house.ts';

/** No bucket can be called `_…`; `moto-api` and `health` could, so a signed request for those is S3's. */
function isAdmin({ target, headers }: HttpRequest): boolean {
  if (target.startsWith('/_')) return target.startsWith('/_hakoniwa') || target.startsWith('/_localstack');
  if (!target.startsWith('/moto-api/') && target !== '/health') return false;
  return headers['authorization'] === undefined && !target.includes('X-Amz-');
}

const ownNames = /^(?:localhost|127\.0\.0\.1|\[::1\]|localhost\.localstack\.cloud)(?::\d+)?$/;

/** A browser that was pointed at the cloud. Programs that want S3's list of buckets sign, or accept no pages. */
const isVisitor = ({ method, target, headers }: HttpRequest): boolean =>
  target === '/' &&
  method === 'GET' &&
  headers['accept']?.startsWith('text/html') === true &&
  headers['authorization'] === undefined &&
  ownNames.test(headers['host'] ?? '');

/** Answers a request for the cloud's own API; undefined when it is for AWS. */
export function admin(
  request: HttpRequest,
  house: House,
  options: HouseOptions = {},
): Promise<HttpResponse> | undefined {
  if (isVisitor(request)) {
    const endpoint = `${request.secure ? 'https' : 'http'}://${request.headers['host']}`;
    return import('./welcome.ts').then(({ welcome }) => welcome(house, endpoint));
  }
  if (!isAdmin(request)) return undefined;
  return import('./router.ts').then(({ answer }) => answer(request, house, options));
}
