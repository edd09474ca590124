// S3's own dispatch: a bucket stands in the host or first in the path, and the rest of the path is the key, whatever is
// in it. Sub-resources (`?acl`), needed parameters (`uploadId`) and headers (`x-amz-copy-source`) tell operations apart.
import type { Headers } from '../kernel/http.ts';
import { modelOf, type OperationModel } from './model.ts';
import { choose, makeRoute, type Route, type RouteMatch } from './router.ts';

type Level = 'service' | 'bucket' | 'object';
type Query = readonly (readonly [name: string, value: string])[];

const levelOf = (operation: OperationModel): Level => {
  if (operation.traits.http?.[1].includes('{Key+}')) return 'object';
  return operation.input.find('Bucket')?.traits.httpLabel === 1 ? 'bucket' : 'service';
};

let routes: Map<string, Route[]> | undefined;

const link = (): Map<string, Route[]> => {
  const table = new Map<string, Route[]>();
  for (const operation of modelOf('s3').operations.values()) {
    const { http } = operation.traits;
    if (http === undefined) continue;
    const level = levelOf(operation);
    const key = `${level} ${http[0]}`;
    const labels = level === 'object' ? ['Bucket', 'Key'] : level === 'bucket' ? ['Bucket'] : [];
    const route = makeRoute(operation, labels, http[1].split('?')[1] ?? '');
    const group = table.get(key);
    if (group === undefined) table.set(key, [route]);
    else group.push(route);
  }
  return table;
};

export interface S3Place {
  /** Percent-encoded, as in the path. */
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

/** Bucket and key of a request; `hostBucket` is the bucket of a virtual host. */
export const s3Place = (path: string, hostBucket: string | undefined): S3Place => {
  const rest = path.startsWith('/') ? path.slice(1) : path;
  if (hostBucket !== undefined) return { bucket: hostBucket, key: rest === '' ? undefined : rest };
  if (rest === '') return { bucket: undefined, key: undefined };
  const slash = rest.indexOf('/');
  if (slash < 0) return { bucket: rest, key: undefined };
  const key = rest.slice(slash + 1);
  return { bucket: rest.slice(0, slash), key: key === '' ? undefined : key };
};

/** Finds the operation of an S3 request. */
export const routeS3 = (method: string, place: S3Place, query: Query, headers: Headers): RouteMatch | undefined => {
  routes ??= link();
  const { bucket, key } = place;
  if (method === 'POST' && (key ?? bucket) === 'WriteGetObjectResponse') {
    return choose(routes.get('service POST'), [], query, headers);
  }
  if (bucket === undefined) return choose(routes.get(`service ${method}`), [], query, headers);
  if (method === 'OPTIONS') return choose(routes.get('object OPTIONS'), [bucket, key ?? ''], query, headers);
  if (key === undefined) {
    const found = choose(routes.get(`bucket ${method}`), [bucket], query, headers);
    const upload = found?.operation.name === 'PostObject';
    return upload && headers['content-type']?.startsWith('multipart/form-data') !== true ? undefined : found;
  }
  return choose(routes.get(`object ${method}`), [bucket, key], query, headers);
};
