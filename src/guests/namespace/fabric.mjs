// The fabric of one VPC: a process that lives in namespaces of its own (user, network, process IDs, mounts), makes guests inside of them,
// and does what the cloud tells it line by line. It is the first process there, so when it ends, however it ends, the kernel ends every
// guest with it; and it ends when the cloud does, since nobody holds the other end of its standard input any more.
//
//   in    {"ask":1,"do":"start",…}      out  {"answer":1} or {"answer":1,"error":"…"}
//                                            {"event":"console","id":"i-…","text":"…"}, {"event":"exit","id":"i-…"}
//
// Streams pass through two sockets: on `fabric.sock` the cloud asks for a connection to a guest; on `cloud.sock` guests' connections to
// what is not in the fabric are brought to the cloud.
import { execFile, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';

const [folder, guestScript] = process.argv.slice(1);
const guests = new Map();

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Runs a program to its end. */
const run = (program, words, input) =>
  new Promise((resolve, reject) => {
    const child = execFile(program, words, { timeout: 90_000, maxBuffer: 2 ** 24 }, (error, out, err) => {
      if (error === null) resolve(out);
      else reject(new Error(`${program} ${words.join(' ')}: ${err.trim() || error.message}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });

const ip = (...words) => run('ip', words);
/** Many commands for `ip` at once, as one program and its words. */
const batch = (lines, program, ...words) =>
  lines.length === 0 ? undefined : run(program, [...words, '-batch', '-'], `${lines.join('\n')}\n`);
const set = (path, value) => writeFileSync(`/proc/sys/net/${path}`, String(value));
/** False where the kernel has it switched off. */
const hasIpv6 = existsSync('/proc/sys/net/ipv6/conf');

/** What is not a guest's address is the fabric's own: it answers for the whole world. */
async function prepare({ ports, resolvers }) {
  await ip('link', 'set', 'lo', 'up');
  set('ipv4/ip_forward', 1);
  // Clients outside have addresses that nobody has here.
  set('ipv4/ip_nonlocal_bind', 1);
  set('ipv4/conf/all/rp_filter', 0);
  set('ipv4/conf/default/rp_filter', 0);
  // Unknown neighbours' redirects would let guests go past the fabric.
  set('ipv4/conf/all/send_redirects', 0);
  set('ipv4/conf/default/send_redirects', 0);
  await ip('route', 'add', 'local', 'default', 'dev', 'lo');
  if (hasIpv6) {
    set('ipv6/conf/all/forwarding', 1);
    set('ipv6/conf/all/accept_ra', 0);
    set('ipv6/conf/default/accept_ra', 0);
    set('ipv6/ip_nonlocal_bind', 1);
    // Behind the routes to guests: here no table comes before the other.
    await ip('route', 'add', 'local', '::/0', 'dev', 'lo', 'table', 'main', 'metric', '4096');
  }
  const families = hasIpv6 ? ['0.0.0.0', '::'] : ['0.0.0.0'];
  await Promise.all(ports.flatMap((port) => families.map((any) => catchPort(port, any))));
  for (const address of resolvers) if (hasIpv6 || !address.includes(':')) answerNames(address);
  await new Promise((resolve) => net.createServer(connectGuest).listen(`${folder}/fabric.sock`, resolve));
}

/** Brings guests' connections to a port, whatever address they are for, to the cloud. */
const catchPort = (port, any) =>
  new Promise((resolve, reject) => {
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      const cloud = net.connect({ path: `${folder}/cloud.sock`, allowHalfOpen: true });
      const { localAddress, remoteAddress, remotePort } = socket;
      cloud.write(`${JSON.stringify({ source: remoteAddress, sourcePort: remotePort, destination: localAddress, port })}\n`);
      join(socket, cloud);
    });
    server.once('error', reject);
    server.listen({ port, host: any, ipv6Only: any === '::' }, resolve);
  });

function join(one, other) {
  one.pipe(other);
  other.pipe(one);
  const end = () => {
    one.destroy();
    other.destroy();
  };
  // A connection that the cloud drops is reset, so that no guest takes it for an answer.
  other.on('error', end).on('close', () => (one.readableEnded && other.readableEnded ? one.destroy() : one.resetAndDestroy()));
  one.on('error', end).on('close', end);
}

/** How long a flow of datagrams may be silent. */
const silenceMs = 60_000;
const flows = new Map();

/** A socket for what one sender sends to one port of a guest, connected, so that others' answers go to others. */
async function makeFlow({ id, address, port, source, sourcePort }) {
  const socket = dgram.createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
  const end = () => {
    flows.delete(id);
    socket.close();
    say({ event: 'silence', id });
  };
  socket.silence = setTimeout(end, silenceMs).unref();
  socket.on('message', (message) => {
    socket.silence.refresh();
    say({ event: 'datagram', id, bytes: message.toString('base64') });
  });
  // A port at which nobody listens is told by a later error.
  socket.on('error', () => {});
  try {
    await new Promise((resolve, reject) => {
      socket.once('error', reject).bind(source === undefined ? 0 : sourcePort, source, resolve);
    });
    await new Promise((resolve) => socket.connect(port, address, resolve));
    return socket;
  } catch (error) {
    clearTimeout(socket.silence);
    end();
    throw error;
  }
}

async function passDatagram({ bytes, ...flow }) {
  if (!flows.has(flow.id)) flows.set(flow.id, makeFlow(flow));
  const socket = await flows.get(flow.id);
  socket.silence.refresh();
  socket.send(Buffer.from(bytes, 'base64'));
}

const asked = new Map();

function answerNames(address) {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message, { address: source, port }) => {
    const id = `${source} ${port} ${address} ${message.readUInt16BE(0)}`;
    asked.set(id, (answer) => socket.send(answer, port, source));
    say({ event: 'name', id, source, message: message.toString('base64') });
  });
  socket.on('error', () => {});
  socket.bind(53, address);
}

function answerName({ id, message }) {
  asked.get(id)?.(Buffer.from(message, 'base64'));
  asked.delete(id);
}

/** One line tells where to; from then on bytes pass. */
function connectGuest(cloud) {
  let head = Buffer.alloc(0);
  const read = (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end < 0) return;
    cloud.off('data', read).pause();
    const { address, port, source } = JSON.parse(head.subarray(0, end).toString());
    if (head.byteLength > end + 1) cloud.unshift(head.subarray(end + 1));
    const guest = net.connect({ host: address, port, localAddress: source, allowHalfOpen: true });
    const late = setTimeout(() => refuse('timeout'), 3_000);
    const refuse = (why) => {
      clearTimeout(late);
      guest.destroy();
      cloud.end(`${why}\n`);
    };
    const fail = (error) => refuse(error.code === 'ECONNREFUSED' ? 'refused' : 'timeout');
    guest.once('error', fail);
    guest.once('connect', () => {
      clearTimeout(late);
      guest.off('error', fail);
      cloud.write('open\n');
      join(cloud, guest);
    });
  };
  cloud.on('data', read).on('error', () => {});
}

/** Starts a guest: its namespaces, in which it waits for its links. */
async function start({ id, address, hostName, disk, root, processes }) {
  const words = ['--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child', '--mount', '--uts', '--ipc'];
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    GUEST_ADDRESS: address,
    GUEST_NAME: hostName,
    GUEST_DISK: disk,
    GUEST_ROOT: root ?? '',
    GUEST_PROCESSES: String(processes),
  };
  const child = spawn('unshare', [...words, '/bin/sh', '-c', guestScript], { env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const guest = { child, links: new Set(), ended: new Promise((resolve) => child.once('close', resolve)) };
  guests.set(id, guest);
  const log = createWriteStream(`${disk}/console.log`, { flags: 'a' });
  const tell = (text) => {
    log.write(text);
    say({ event: 'console', id, text: text.toString() });
  };
  child.stdout.on('data', tell);
  child.stderr.on('data', tell);
  child.once('error', () => {});
  child.stdin.on('error', () => {});
  void guest.ended.then(async () => {
    log.end();
    if (guests.get(id) === guest) guests.delete(id);
    for (const link of guest.links) await ip('link', 'delete', link).catch(() => {});
    say({ event: 'exit', id });
  });
  const signals = createInterface({ input: child.stdio[3] });
  /** It says `ready` when its namespaces are there, `inside` when it has left all else behind. */
  const heard = async (word) => {
    const said = new Promise((resolve) => signals.on('line', (line) => line === word && resolve(true)));
    if (!(await Promise.race([said, guest.ended.then(() => false)])))
      throw new Error(`${id} did not start: see its console`);
  };
  guest.inside = heard('inside');
  guest.inside.catch(() => {});
  await heard('ready');
  return { pid: child.pid };
}

/** Lets a guest that has its links begin. */
async function go({ id }) {
  const guest = guests.get(id);
  if (guest === undefined) throw new Error(`${id} is not there`);
  guest.child.stdin.end('go\n');
  await guest.inside;
  guest.isInside = true;
}

/** Makes a link to a guest, where the cloud has not: as root it may bring in one of its own. */
async function plug({ id, link, device, mac }) {
  const guest = guests.get(id);
  if (guest !== undefined) {
    guest.links.add(link);
    await ip('link', 'add', 'name', link, 'type', 'veth', 'peer', 'name', device, 'address', mac, 'netns', String(guest.child.pid));
  }
  set(`ipv4/conf/${link}/proxy_arp`, 1);
  set(`ipv4/neigh/${link}/proxy_delay`, 0);
  set(`ipv4/conf/${link}/send_redirects`, 0);
}

/** Tells both ends of a guest's links what they are; of a guest that is not the fabric's own, its end is told by others. */
async function wire({ id, fabric, guest, guest6 }) {
  await batch(fabric, 'ip');
  const own = guests.get(id);
  if (own === undefined) return;
  const inside = ['nsenter', '--target', String(own.child.pid), '--net', '--', 'ip'];
  await batch(guest, ...inside);
  await batch(guest6, ...inside, '-6');
}

async function unplug({ id, link }) {
  guests.get(id)?.links.delete(link);
  await ip('link', 'delete', link).catch(() => {});
}

/** The first process of a guest, as numbered here. */
const initOf = ({ child }) => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ')[0]);

/** Asks it to end, and ends it when it does not. */
async function stop({ id, graceMs }) {
  const guest = guests.get(id);
  if (guest === undefined) return;
  try {
    process.kill(initOf(guest), 'SIGTERM');
  } catch {
    guest.child.kill('SIGKILL');
  }
  const late = setTimeout(() => guest.child.kill('SIGKILL'), graceMs);
  await guest.ended;
  clearTimeout(late);
}

/** Runs in a guest's network, by a program of this system: the guest may have none that can ask. */
const asker = `
let text = '';
process.stdin.on('data', (chunk) => (text += chunk)).on('end', () => {
  const { address: host, port, method, path, headers, body, patienceMs } = JSON.parse(text);
  const say = (value) => process.stdout.write(JSON.stringify(value), () => process.exit(0));
  const late = setTimeout(() => say('timeout'), patienceMs);
  const request = require('node:http').request({ host, port, method, path, headers, setHost: false });
  request.on('error', ({ code }) => say(code === 'ECONNREFUSED' || code === 'ECONNRESET' ? 'refused' : 'timeout'));
  request.on('response', (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      clearTimeout(late);
      say({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
    });
  });
  request.end(body);
});`;

/** Sends a request from inside a guest. */
async function send({ id, request }) {
  const guest = guests.get(id);
  if (guest === undefined) return { sent: 'timeout' };
  const words = ['--target', String(guest.child.pid), '--user', '--net', '--preserve-credentials', '--', process.execPath, '-e', asker];
  const sent = await run('nsenter', words, JSON.stringify(request));
  return { sent: JSON.parse(sent) };
}

/** Runs a program in a guest's own view of files, so that no link in a folder of it leads anywhere else. */
function within(guest, script, input) {
  const spaces = ['--user', '--mount', '--preserve-credentials'];
  return new Promise((resolve, reject) => {
    const words = ['--target', String(initOf(guest)), ...spaces, '--', '/bin/sh', '-ec', `[ -e /run/hakoniwa-guest ]\n${script}`];
    const options = { timeout: 60_000, maxBuffer: 2 ** 30, encoding: 'buffer' };
    const child = execFile('nsenter', words, options, (error, out, err) => {
      if (error === null) resolve(out);
      else reject(new Error(err.toString().trim() || error.message));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}

/** Bears the time at which a folder was packed or filled; a tick of the system's clock passes before anything else is done. */
const stampOf = (folder) => `/run/packed${folder.replaceAll('/', '-')}`;
const touch = (folder) => `touch ${stampOf(folder)}; sleep 0.02`;

/** A folder of a guest as an archive; nothing when no file in it has changed since it was packed or filled last. */
async function pack({ id, folder }) {
  const guest = guests.get(id);
  if (guest?.isInside !== true) return {};
  const stamp = stampOf(folder);
  // A `find` that does not know these words finds a change.
  const script = `[ -d ${folder} ] || exit 0
if [ -e ${stamp} ] && changed=$(find ${folder} -mindepth 1 -cnewer ${stamp} -print -quit 2>/dev/null) &&
  [ -z "$changed" ] && [ ! ${folder} -nt ${stamp} ]; then exit 0; fi
${touch(folder)}
tar -C ${folder} -cf - .`;
  const bytes = await within(guest, script);
  return bytes.byteLength === 0 ? {} : { archive: bytes.toString('base64') };
}

/** Puts an archive in place of a folder's content, at once; without one the folder goes. */
async function unpack({ id, folder, archive }) {
  const guest = guests.get(id);
  if (guest?.isInside !== true) throw new Error(`${id} has not booted`);
  if (archive === undefined) return void (await within(guest, `rm -rf ${folder}`));
  const scratch = folder.replace(/([^/]*)$/, '.$1');
  const fill = archive === '' ? '' : `tar -C ${scratch} -xf -\n`;
  const script = `rm -rf ${folder} ${scratch}\nmkdir -p ${scratch}\n${fill}${touch(folder)}\nmv ${scratch} ${folder}`;
  await within(guest, script, Buffer.from(archive, 'base64'));
}

const deeds = {
  pack,
  unpack,
  send,
  prepare,
  rules: async ({ script }) => void (await run('nft', ['-f', '-'], script)),
  start,
  go,
  plug,
  wire,
  unplug,
  stop,
  name: answerName,
  datagram: passDatagram,
};

async function obey(line) {
  const order = JSON.parse(line);
  try {
    say({ ...(await deeds[order.do](order)), answer: order.ask });
  } catch (error) {
    say({ answer: order.ask, error: error.message });
  }
}

process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
process.stdout.on('error', () => process.exit(0));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => void obey(line));
lines.on('close', () => process.exit(0));
