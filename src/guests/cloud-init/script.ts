// What a guest runs when it boots: its user data as one script for `sh`, which does what cloud-init does, in its order and as often.
//
//   every boot    boothooks, `bootcmd`; later scripts in /var/lib/cloud/scripts/per-boot
//   first boot    files, host name, keys; later scripts of user data in order, then `runcmd`
//
// A boot is the first of an instance when no other has left its ID behind, so an image of a disk runs it again for its instances.
//
// Differs: of cloud-config's modules those are there that need nothing but a shell; others, packages first of all, are told in the console as
// not available.
// @see https://cloudinit.readthedocs.io/en/latest/explanation/boot.html
import { gunzipSync } from 'node:zlib';
import { type Part, type PartKind, readParts } from './parts.ts';
import { readYaml, type Yaml } from './yaml.ts';

type Config = Readonly<Record<string, Yaml | undefined>>;

export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const say = (text: string): string => `echo ${quoted(`cloud-init: ${text}`)}`;

/** Writes bytes to a file; what is text stands in the script as such. */
function put(path: string, bytes: Uint8Array, mode = '700', append = false): string {
  const text = Buffer.from(bytes).toString('utf8');
  const isText = Buffer.from(text).equals(Buffer.from(bytes)) && !text.includes('\0');
  const source = isText
    ? `printf %s ${quoted(text)}`
    : `printf %s ${Buffer.from(bytes).toString('base64')} | base64 -d`;
  const folder = path.slice(0, path.lastIndexOf('/'));
  return `mkdir -p ${quoted(folder)}; ${source} ${append ? '>>' : '>'}${quoted(path)} && chmod ${mode} ${quoted(path)}`;
}

const scripts = '/var/lib/cloud/instance/scripts';
const numbered = (at: number): string => String(at + 1).padStart(3, '0');

const isList = (value: Yaml | undefined): value is readonly Yaml[] => Array.isArray(value);
const isMap = (value: Yaml | undefined): value is { readonly [key: string]: Yaml } =>
  typeof value === 'object' && value !== null && !isList(value);

/** A line of `runcmd`: text is for the shell, a list is a program and its words. */
const commandOf = (item: Yaml): string =>
  isList(item) ? item.map((word) => quoted(String(word))).join(' ') : String(item);

const commands = (value: Yaml | undefined): string | undefined =>
  isList(value) && value.length > 0 ? `#!/bin/sh\n${value.map(commandOf).join('\n')}\n` : undefined;

function contentOf(encoding: string, content: string): Uint8Array {
  const isBase64 = /b64|base64/.test(encoding);
  const bytes = isBase64 ? Buffer.from(content, 'base64') : Buffer.from(content, 'utf8');
  return /gz/.test(encoding) ? gunzipSync(bytes) : bytes;
}

function writeFile(item: Yaml): string {
  const { path, content = '', encoding = '', permissions = 0o644, owner, append } = isMap(item) ? item : {};
  if (typeof path !== 'string' || !path.startsWith('/')) return say('write_files: an entry has no path');
  const mode = typeof permissions === 'number' ? permissions.toString(8) : String(permissions).replace(/^0o/, '');
  const [user] = String(owner ?? 'root').split(':');
  try {
    const bytes = contentOf(String(encoding), String(content ?? ''));
    const lines = [put(path, bytes, /^[0-7]{3,5}$/.test(mode) ? mode : '644', append === true)];
    if (user !== 'root') lines.push(say(`write_files: ${path} belongs to root: there is no user ${user}`));
    return lines.join('\n');
  } catch (error) {
    return say(`write_files: ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Modules by what they put into the script for a first boot. */
const modules: Readonly<Record<string, (value: Yaml) => string>> = {
  write_files: (value) => (isList(value) ? value.map(writeFile).join('\n') : say('write_files: a list was expected')),
  hostname: (value) => put('/etc/hostname', Buffer.from(`${String(value)}\n`), '644'),
  timezone: (value) =>
    `if [ -e ${quoted(`/usr/share/zoneinfo/${String(value)}`)} ]; then ln -sf ${quoted(`/usr/share/zoneinfo/${String(value)}`)} /etc/localtime; fi`,
  ssh_authorized_keys: (value) =>
    put('/root/.ssh/authorized_keys', Buffer.from(`${(isList(value) ? value : [value]).join('\n')}\n`), '600', true),
};

/** Read elsewhere, or without a meaning here. */
const silent = new Set([
  'bootcmd',
  'runcmd',
  'final_message',
  'output',
  'cloud_final_modules',
  'merge_how',
  'preserve_hostname',
]);

const configured = (config: Config): string[] =>
  Object.entries(config).flatMap(([name, value]) => {
    if (silent.has(name) || value === undefined || value === null || value === false) return [];
    return [modules[name]?.(value) ?? say(`${name} is not available here`)];
  });

function readConfigs(parts: readonly Part[], complain: (text: string) => void): Config {
  let config: Config = {};
  for (const { bytes } of parts) {
    try {
      const value = readYaml(bytes.toString('utf8'));
      if (isMap(value)) config = { ...config, ...value };
      else if (value !== null) complain('cloud-config is no mapping');
    } catch (error) {
      // Behind the first line an excerpt follows.
      const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      complain(`cloud-config is not understood: ${why.replace(/:$/, '')}`);
    }
  }
  return config;
}

/** `[scripts-user, always]` in the list of final modules: a way that is much used to run user data at every boot. */
const runsAlways = (config: Config): boolean =>
  isList(config['cloud_final_modules']) &&
  config['cloud_final_modules'].some((item) => isList(item) && item[0] === 'scripts-user' && item[1] === 'always');

/** The boothook itself, which may follow its line as a script. */
const hookOf = (bytes: Buffer): Buffer => {
  const text = bytes.toString('latin1').replace(/^#cloud-boothook[^\n]*\n/, '');
  return Buffer.from(text.startsWith('#!') ? text : `#!/bin/sh\n${text}`, 'latin1');
};

function partsOf(userData: Uint8Array | undefined, complain: (text: string) => void): readonly Part[] {
  if (userData === undefined || userData.byteLength === 0) return [];
  try {
    return readParts(userData);
  } catch (error) {
    complain(`user data cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** Whatever it does: a guest's boot as a script for `sh`. */
export function bootScript(instanceId: string, userData: Uint8Array | undefined): string {
  const complaints: string[] = [];
  const complain = (text: string): void => void complaints.push(say(text));
  const parts = partsOf(userData, complain);
  const of = (kind: PartKind): readonly Part[] => parts.filter((part) => part.kind === kind);
  for (const { type } of of('unknown')) complain(`user data of type ${type} is not run here`);
  const config = readConfigs(of('config'), complain);

  const hooks = of('boothook').map((part, at) => {
    const path = `/var/lib/cloud/instance/boothooks/part-${numbered(at)}`;
    return `${put(path, hookOf(part.bytes))}; run ${path}`;
  });
  const bootcmd = commands(config['bootcmd']);
  const runcmd = commands(config['runcmd']);
  const kept = (['per-boot', 'per-instance', 'per-once'] as const).flatMap((kind) =>
    of(kind).map((part, at) => put(`/var/lib/cloud/scripts/${kind}/user-data-${numbered(at)}`, part.bytes)),
  );
  const users = [
    ...of('script').map((part, at) => put(`${scripts}/part-${numbered(at)}`, part.bytes)),
    ...(runcmd === undefined ? [] : [put(`${scripts}/runcmd`, Buffer.from(runcmd))]),
  ];
  const hasWork = parts.some(({ kind }) => kind !== 'unknown');
  const finalMessage = config['final_message'];
  return `# The boot of a guest, as cloud-init does it.
run() {
  (cd / && exec "$1")
  code=$?
  [ $code = 0 ] || { failed=yes; echo "cloud-init: $1 failed with code $code"; }
}
run_all() {
  for script in "$1"/*; do if [ -f "$script" ] && [ -x "$script" ]; then run "$script"; fi; done
}
export INSTANCE_ID=${quoted(instanceId)}
failed=no
first=no
data=/var/lib/cloud/data
mkdir -p $data ${scripts} /var/lib/cloud/scripts/per-boot /var/lib/cloud/scripts/per-instance /var/lib/cloud/scripts/per-once
if [ "$(cat $data/instance-id 2>/dev/null)" != "$INSTANCE_ID" ]; then first=yes; rm -f ${scripts}/*; fi
${complaints.length === 0 ? '' : `if [ $first = yes ]; then\n${complaints.join('\n')}\nfi\n`}${hooks.join('\n')}
${bootcmd === undefined ? '' : `${put('/var/lib/cloud/instance/bootcmd', Buffer.from(bootcmd))}; run /var/lib/cloud/instance/bootcmd\n`}if [ $first = yes ]; then
${[put('/var/lib/cloud/instance/user-data.txt', userData ?? new Uint8Array(), '600'), ...configured(config), ...kept, ...users].join('\n')}
echo "$INSTANCE_ID" >$data/instance-id
fi
run_all /var/lib/cloud/scripts/per-boot
if [ $first = yes ]; then
if [ ! -e $data/per-once ]; then : >$data/per-once; run_all /var/lib/cloud/scripts/per-once; fi
run_all /var/lib/cloud/scripts/per-instance
fi
if [ $first = yes ] || [ ${runsAlways(config) ? 'yes' : 'no'} = yes ]; then
run_all ${scripts}
${hasWork ? `if [ $failed = yes ]; then ${say('user data failed')}; else ${say('user data has run')}; fi` : ':'}
${typeof finalMessage === 'string' ? `echo ${quoted(finalMessage)}` : ':'}
fi
: >/var/lib/cloud/instance/boot-finished
`;
}
