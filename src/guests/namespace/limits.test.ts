// What a guest may use, and what comes back after its fabric has broken down.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { expect } from 'vitest';
import { isRoot } from './fabric.ts';
import { real } from './home.fixture.ts';

/** Whether control groups can be made here. */
function takesLimits(): boolean {
  const probe = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
  try {
    mkdirSync(`${probe}/hakoniwa-probe`);
    rmdirSync(`${probe}/hakoniwa-probe`);
    return isRoot();
  } catch {
    return false;
  }
}

const pidOf = (words: string): number =>
  Number(
    execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
      .split('\n')
      .find((line) => line.trim().endsWith(words))
      ?.trim()
      .split(' ')[0],
  );

real(
  'Limits: a guest has the processes, the processors and the memory of its type, and starts anew when its fabric breaks down',
  async (home) => {
    const program = `sleep ${200_000 + process.pid}`;
    const script = `#!/bin/sh\nulimit -u 2>/dev/null || ulimit -p\n${program} &\necho ready\n`;
    const per = '#!/bin/sh\necho back\n';
    const write = `mkdir -p /var/lib/cloud/scripts/per-boot; printf '${per.replaceAll('\n', '\\n')}' >/var/lib/cloud/scripts/per-boot/x; chmod +x /var/lib/cloud/scripts/per-boot/x\n`;
    const UserData = Buffer.from(script + write).toString('base64');
    const id = await home.launch({ UserData }, 'user data has run');
    expect(home.guests.consoleOutput(id)).toContain('\n2048\n');
    const pid = pidOf(program);
    if (takesLimits()) {
      const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
      expect(groups).toContain(`hakoniwa-${process.pid}/${id}`);
      const v1 = `/sys/fs/cgroup/memory/hakoniwa-${process.pid}/${id}/memory.limit_in_bytes`;
      const v2 = `/sys/fs/cgroup/hakoniwa-${process.pid}/${id}/memory.max`;
      expect(Number(readFileSync(existsSync(v1) ? v1 : v2, 'utf8'))).toBe(2 ** 30);
    } else console.warn('left out: control groups cannot be made here');

    const parentOf = (of: number): number =>
      Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${of}/status`, 'utf8'))?.[1]);
    // The program's parent is the guest's first process, then comes its maker, then the fabric, which is a child of a child of this process.
    const fabric = parentOf(parentOf(parentOf(pid)));
    expect(parentOf(parentOf(fabric))).toBe(process.pid);
    process.kill(fabric, 'SIGKILL');
    await home.console(id, 'back');
    await home.ec2.terminateInstances({ InstanceIds: [id] });
    await home.cloud.clock.advance(120);
    await home.guests.idle();
    for (const tree of ['/sys/fs/cgroup', '/sys/fs/cgroup/memory'])
      expect(existsSync(`${tree}/hakoniwa-${process.pid}/${id}`)).toBe(false);
  },
);
