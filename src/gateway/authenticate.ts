// Who sent a request. Keys that the cloud issued must have signed it; any other key is taken as it comes.
import type { Cloud } from '../cloud.ts';
import type { Identity } from '../kernel/authority.ts';
import type { HttpRequest } from '../kernel/http.ts';
import type { Identification } from '../protocol/wire.ts';
import { unframed } from './dispatch.ts';

export interface Authenticated {
  readonly identity: Identity;
  /** The request with a body that is what was signed. */
  readonly trusted: HttpRequest;
}

export async function authenticate(request: HttpRequest, identification: Identification, cloud: Cloud): Promise<Authenticated> {
  const { accessKeyId, service } = identification;
  const sessionToken = request.headers['x-amz-security-token'];
  const credential = accessKeyId === undefined ? undefined : { accessKeyId, sessionToken };
  const identity = cloud.authority.authenticate(credential, service);
  return { identity, trusted: unframed(request) };
}
