// /_hakoniwa/certificate: what a client must trust to come by TLS.
import { X509Certificate } from 'node:crypto';
import type { HttpResponse } from '../kernel/http.ts';
import type { House } from './house.ts';

const certificateOf = async (house: House): Promise<string> => (await (await house.doors()).authority()).certificate;

export async function viewCertificate(house: House): Promise<object> {
  const certificate = await certificateOf(house);
  const { subject, validTo, fingerprint256 } = new X509Certificate(certificate);
  const name = /^CN=(.*)$/m.exec(subject)?.[1];
  return { name, validUntil: new Date(validTo).toISOString(), fingerprint256, certificate };
}

/** As a file for tools: PEM. */
export const certificateFile = async (house: House): Promise<HttpResponse> => ({
  status: 200,
  headers: { 'content-type': 'application/x-pem-file', 'cache-control': 'no-store' },
  body: await certificateOf(house),
});
