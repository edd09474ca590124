// The page for whoever opens the cloud in a browser: what this is, what answers, and where to go on. No script, nothing from elsewhere.
import type { HttpResponse } from '../kernel/http.ts';
import { version } from '../kernel/version.ts';
import type { House, ServiceLine } from './house.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const style = `
:root { color-scheme: light dark; --ink: #1d2a24; --soft: #5f6f67; --line: #d9e0da; --moss: #2f6b4f; --ground: #fbfaf6 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebe7; --soft: #9aa8a0; --line: #303a34; --moss: #8fc7a8; --ground: #171c19 }
}
body { margin: 0 auto; max-width: 60rem; padding: 3rem 1.5rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.6 system-ui, sans-serif }
h1 { margin: 0; font-weight: 600; letter-spacing: .01em } h1 span { color: var(--moss); font-weight: 400 }
h2 { margin: 2.5rem 0 .5rem; font-size: 1rem; color: var(--moss) }
h3 { margin: 1rem 0 .2rem; font-size: .8rem; font-weight: 400; color: var(--soft) }
p { margin: .3rem 0; color: var(--soft) } a { color: var(--moss) } small { color: var(--soft) }
pre { margin: .5rem 0; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto }
ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0; padding: 0; list-style: none }`;

const links: readonly (readonly [path: string, text: string])[] = [
  ['status', 'status'],
  ['requests', 'last requests'],
  ['clock', 'clock'],
  ['faults', 'faults'],
  ['load', 'load'],
  ['doors', 'load balancers'],
  ['services', 'services'],
  ['certificate', 'certificate'],
];

function shelves(services: readonly ServiceLine[]): string {
  const built = services.filter(({ operations }) => operations.length > 0);
  return [...new Set(built.map(({ shelf }) => shelf))]
    .map((shelf) => {
      const lines = built
        .filter((one) => one.shelf === shelf)
        .map(
          ({ name, operations, modelled }) =>
            `<li><a href="/_hakoniwa/services/${name}">${name}</a> <small>${operations.length}/${modelled}</small></li>`,
        );
      return `<h3>${shelf.replaceAll('-', ' ')}</h3><ul>${lines.join('')}</ul>`;
    })
    .join('\n');
}

/** `endpoint` is the address by which the browser came. */
export async function welcome(house: House, endpoint: string): Promise<HttpResponse> {
  const address = escaped(endpoint);
  const now = new Date(house.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
  const shown = links.map(([path, text]) => `<li><a href="/_hakoniwa/${path}">${text}</a></li>`).join('');
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Hakoniwa</title><style>${style}</style></head><body>
<h1>Hakoniwa <span lang="ja">箱庭</span></h1>
<p>The AWS cloud in one process on your own machine. Version ${version}, account ${house.account}, ${house.region}, ${now} UTC.</p>
<h2>Point your tools here</h2>
<pre>eval "$(hakoniwa env --endpoint ${address})"
aws --endpoint-url ${address} s3 ls</pre>
<p>Any access key will do. An address that is an API answers programs: this page is for browsers alone.</p>
<h2>The cloud</h2>
<ul>${shown}</ul>
<h2>What answers <small>operations built, of all in AWS's model</small></h2>
${shelves(await house.services())}
</body></html>
`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  };
  return { status: 200, headers, body };
}
