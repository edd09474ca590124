// Images of one's own: a root file system in place of this system's, and all that user data may be, in guests that are real.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, vi } from 'vitest';
import { real } from './home.fixture.ts';

/** A folder of root file systems, with one that has nothing but a busybox; undefined where there is none to copy. */
function makeRoots(): string | undefined {
  let busybox: string;
  try {
    busybox = execFileSync('sh', ['-c', 'command -v busybox && ! ldd $(command -v busybox) 2>/dev/null'], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'hakoniwa-roots-'));
  const root = join(folder, 'tiny');
  for (const name of ['bin', 'etc', 'app']) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(busybox, join(root, 'bin/busybox'));
  for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (!existsSync(join(root, 'bin', name))) symlinkSync('busybox', join(root, 'bin', name));
  writeFileSync(join(root, 'etc/tiny-release'), 'tiny 1\n');
  writeFileSync(join(root, 'app/index.html'), 'from the image\n');
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  return folder;
}

/** A message as `cloud-init devel make-mime` writes it. */
const message = `Content-Type: multipart/mixed; boundary="==x=="
MIME-Version: 1.0

--==x==
Content-Type: text/cloud-config; charset="us-ascii"

#cloud-config
packages: [nginx]
bootcmd:
  - echo bootcmd of $INSTANCE_ID
write_files:
  - path: /etc/greeting
    permissions: '0600'
    content: |
      hello
        world
  - {path: /etc/packed, encoding: gz+b64, content: ${gzipSync('unpacked').toString('base64')}}
runcmd:
  - [sh, -c, 'echo "runcmd says $(cat /etc/packed), $(stat -c %a /etc/greeting)"']
  - httpd -p 80 -h /app
  - echo listening
--==x==
Content-Type: text/x-shellscript; charset="us-ascii"
Content-Transfer-Encoding: base64

${Buffer.from('#!/bin/sh\necho "script on $(cat /etc/tiny-release): $(tail -1 /etc/greeting)"\n').toString('base64')}
--==x==
Content-Type: text/cloud-boothook

#cloud-boothook
#!/bin/sh
echo "boothook of $INSTANCE_ID"
--==x==
Content-Type: text/x-include-url

#include
http://example.com/
--==x==--
`;

real(
  'Images: a root file system that an AMI names is what its guests have, and cloud-init’s formats run in it, once (EC2-19)',
  async (home) => {
    const roots = makeRoots();
    if (roots === undefined) {
      console.warn('left out: a root file system of its own (no static busybox is installed)');
      return;
    }
    vi.stubEnv('HAKONIWA_GUEST_ROOTS', roots);
    try {
      const { ImageId } = await home.ec2.registerImage({
        Name: 'tiny',
        Architecture: 'x86_64',
        VirtualizationType: 'hvm',
        EnaSupport: true,
        RootDeviceName: '/dev/xvda',
        BlockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { SnapshotId: await snapshot(home), VolumeType: 'gp3' } },
        ],
        TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'hakoniwa:root', Value: 'tiny' }] }],
      });
      const UserData = gzipSync(message).toString('base64');
      const id = await home.launch({ ImageId, UserData });
      const said = home.guests.consoleOutput(id);
      const told = (text: string): string[] =>
        text.split('\n').filter((line) => !/booting|Stopping/.test(line) && line !== '');
      expect(told(await home.console(id, 'user data has run')).map((line) => line.replaceAll(id, 'ID'))).toEqual([
        'cloud-init: user data of type text/x-include-url is not run here',
        'boothook of ID',
        'bootcmd of ID',
        'cloud-init: packages is not available here',
        'script on tiny 1:   world',
        'runcmd says unpacked, 600',
        'listening',
        'cloud-init: user data has run',
      ]);
      expect(said).not.toContain('Permission denied');
      const { Reservations } = await home.ec2.describeInstances({ InstanceIds: [id] });
      expect(await home.curl(id, `http://${Reservations?.[0]?.Instances?.[0]?.PrivateIpAddress}/`)).toBe(
        'from the image\n',
      );
      await home.ec2.rebootInstances({ InstanceIds: [id] });
      await home.cloud.clock.advance(60);
      const again = (await home.console(id, 'bootcmd', 2)).split('Stopping')[1] ?? '';
      expect(told(again).map((line) => line.replaceAll(id, 'ID'))).toEqual(['boothook of ID', 'bootcmd of ID']);
    } finally {
      vi.unstubAllEnvs();
      rmSync(roots, { recursive: true, force: true });
    }
  },
);

async function snapshot({ ec2, cloud }: Parameters<Parameters<typeof real>[1]>[0]): Promise<string> {
  const { VolumeId } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 1, VolumeType: 'gp3' });
  await cloud.clock.advance(60);
  const { SnapshotId = '' } = await ec2.createSnapshot({ VolumeId });
  await cloud.clock.advance(600);
  return SnapshotId;
}
