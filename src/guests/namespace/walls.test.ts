// What a program in a guest may not: see, change or reach this machine and the cloud. Each line of the script is an attempt.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { real } from './home.fixture.ts';

const secret = 'a-secret-of-this-machine';

/** Attempts by name; each must fail with a code, and say nothing. */
const attempts = (ports: { readonly loopback: number; readonly all: number }, address: string, folder: string) => ({
  'read accounts of the machine': 'cat /etc/shadow',
  'read a file of the machine': `cat ${folder}/secret`,
  'find the home of the machine’s root': 'test -n "$(ls -A /root | grep -v -e boots -e .cache)" && ls -A /root',
  'find sockets of the cloud': 'find / -xdev -type s 2>/dev/null | grep .',
  'find the disks of others': 'ls /tmp/hakoniwa-guests-* /.old',
  'see the devices of the machine': 'ls /sys/class /dev/mem /dev/kmsg /dev/sda /dev/vda',
  'see processes of the machine': `test "$(ls -d /proc/[0-9]* | wc -l)" -gt 40 && echo many`,
  'read variables of others': `cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep ${secret}`,
  'read the kernel’s memory': 'head -c 1 /proc/kcore',
  'read the kernel’s log': 'dmesg',
  'write where programs lie': 'touch /usr/mine /bin/mine',
  'make programs writable': 'mount -o remount,rw /usr',
  'mount something': 'mount -t tmpfs mine /mnt',
  'mount the machine’s processes': 'mkdir -p /mnt/proc && mount -t proc proc /mnt/proc',
  'unmount something': 'umount /proc || umount /etc',
  'make a device': 'mknod /tmp/disk b 254 0',
  'get more rights in a namespace': 'unshare --user --map-root-user true',
  'allow namespaces again': 'echo 100 >/proc/sys/user/max_user_namespaces',
  'get a mount namespace': 'unshare --mount true',
  'change the kernel': 'echo x >/proc/sys/kernel/core_pattern',
  'stop the machine': 'echo b >/proc/sysrq-trigger',
  'set the clock': 'date --set 2001-01-01 >/dev/null',
  'rename the machine': 'hostname mine',
  'become another user': 'setpriv --reuid=1000 true',
  'use more processes than it may': 'ulimit -u 1000000',
  'reach a service of the machine’s own': `connect 127.0.0.1 ${ports.loopback}`,
  'reach the machine': `connect ${address} ${ports.all}`,
  'reach the machine by its router': `connect 172.31.0.1 ${ports.all}`,
  'reach a socket without a file': `node -e 'require("net").connect({path: "\\\\0hakoniwa-test-${ports.all}"}).on("connect", () => console.log("connected")).on("error", () => process.exit(1))'`,
  'ask the cloud’s own API at its port': 'answer http://169.254.169.254:4566/_hakoniwa/status',
  'ask the cloud’s own API by AWS’s':
    'answer http://s3.us-east-1.amazonaws.com/_hakoniwa/status | grep -i hakoniwa.*version',
  // Its own console is a socket.
  'find open files of the cloud': `ls -l /proc/1/fd /proc/self/fd | grep -v -e /dev/null -e pipe: -e ' [12] -> socket:' -e /proc/ -e total -e '^$' -e '/run/' | grep -e '->'`,
});

const helpers = `#!/bin/sh
PATH=$PATH:${process.execPath.replace(/\/[^/]*$/, '')}
connect() { node -e "require('net').connect({ host: '$1', port: $2, timeout: 1500 }).on('timeout', () => process.exit(1)).on('error', () => process.exit(1)).on('data', (data) => { console.log('connected', String(data)); process.exit(0) })"; }
answer() { node -e "fetch('$1', { signal: AbortSignal.timeout(2500) }).then(async (a) => { console.log(a.status, await a.text()); process.exit(0) }, () => process.exit(1))"; }
try() {
  said=$(eval "$2" 2>/dev/null)
  code=$?
  if [ $code = 0 ] || [ -n "$said" ]; then echo "DONE: $1: $said"; else echo "failed: $1"; fi
}
`;

real('Walls: no program in a guest sees, changes or reaches this machine, or the cloud’s own API', async (home) => {
  const folder = mkdtempSync(join(tmpdir(), 'hakoniwa-walls-'));
  const servers = ['127.0.0.1', '0.0.0.0'].map((host) =>
    net.createServer((socket) => socket.end(secret)).listen(0, host),
  );
  await Promise.all(servers.map((server) => once(server, 'listening')));
  writeFileSync(join(folder, 'secret'), secret);
  const keeper = spawn('sleep', ['60'], { env: { ...process.env, SECRET: secret } });
  try {
    const [loopback, all] = servers.map((server) => (server.address() as AddressInfo).port) as [number, number];
    servers.push(net.createServer((socket) => socket.end(secret)).listen(`\0hakoniwa-test-${all}`));
    const own = Object.values(networkInterfaces())
      .flatMap((list = []) => list)
      .find((one) => !one.internal && one.family === 'IPv4');
    const tries = attempts({ loopback, all }, own?.address ?? '192.0.2.1', folder);
    const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
    const script = Object.entries(tries).map(([name, words]) => `try ${quote(name)} ${quote(words)}`);
    const UserData = Buffer.from(
      `${helpers}${script.join('\n')}\ntry 'ask for metadata' 'answer http://169.254.169.254/'\necho 'tried all'\n`,
    ).toString('base64');
    const id = await home.launch({ UserData, MetadataOptions: {} }, 'tried all');
    const said = home.guests
      .consoleOutput(id)
      .split('\n')
      .filter((line) => /^(?:failed|DONE): /.test(line));
    // What is allowed shows that the attempts are real ones.
    expect(said.pop()).toMatch(/^DONE: ask for metadata: 401 /);
    expect(said).toEqual(Object.keys(tries).map((name) => `failed: ${name}`));
    expect(home.guests.consoleOutput(id)).not.toContain(secret);
  } finally {
    keeper.kill();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
