// hakoniwa certificate: the certificate of the authority that signs what the cloud shows to clients that come by TLS.
import { writeFile } from 'node:fs/promises';
import { type CommonOptions, connect } from './connect.ts';
import { show } from './terminal.ts';

export async function certificate(file: string | undefined, options: CommonOptions): Promise<void> {
  const found = await connect(options).get<{ readonly certificate: string }>('/certificate');
  if (file !== undefined) await writeFile(file, found.certificate);
  show(found, options.json, () => (file === undefined ? found.certificate : `Wrote ${file}.\n`));
}
