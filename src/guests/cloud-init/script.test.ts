import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readParts } from './parts.ts';
import { bootScript } from './script.ts';

const kindsOf = (text: string | Uint8Array) =>
  readParts(Buffer.from(text as string)).map(({ kind, bytes }) => [kind, bytes.toString()]);

test('User data: one text is known by how it begins, packed or not', () => {
  expect(kindsOf('#!/bin/sh\ntrue\n')).toEqual([['script', '#!/bin/sh\ntrue\n']]);
  expect(kindsOf(gzipSync('#cloud-config\na: 1\n'))).toEqual([['config', '#cloud-config\na: 1\n']]);
  expect(kindsOf('#cloud-boothook\ntrue\n')[0]?.[0]).toBe('boothook');
  expect(kindsOf('something else')).toEqual([['unknown', 'something else']]);
});

test('User data: parts of a message, also of one in another, are decoded and known by type or beginning', () => {
  const text = [
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=outer\r\n',
    '--outer\r\nContent-Type: multipart/mixed; boundary="in ner"\r\n',
    '--in ner\r\nContent-Type: text/x-shellscript-per-boot\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n#!/bin/sh\r\necho a=3Db',
    '--in ner--',
    '--outer\r\nContent-Type: text/plain\r\n\r\n#cloud-config\r\na: 1',
    '--outer\r\n\r\n#!/bin/sh\ntrue',
    '--outer--',
  ].join('\r\n');
  expect(kindsOf(text)).toEqual([
    ['per-boot', '#!/bin/sh\r\necho a=b'],
    ['config', '#cloud-config\r\na: 1'],
    ['script', '#!/bin/sh\ntrue'],
  ]);
});

/** What a script would print first, with nothing done: only its complaints are run. */
const complaintsOf = (userData: string | Uint8Array): string[] => {
  const lines = bootScript('i-1', Buffer.from(userData as string)).split('\n');
  const said = lines.filter((line) => line.startsWith("echo 'cloud-init:"));
  return execFileSync('sh', { input: said.join('\n'), encoding: 'utf8' })
    .trim()
    .split('\n');
};

test('User data: what cannot be read is told in the console, and the boot goes on', () => {
  expect(complaintsOf('#cloud-config\na: [1\n')[0]).toMatch(
    /^cloud-init: cloud-config is not understood: .* at line 3/,
  );
  expect(complaintsOf(Buffer.from([0x1f, 0x8b, 1, 2, 3]))[0]).toMatch(/^cloud-init: user data cannot be unpacked: /);
  expect(complaintsOf("#cloud-config\nusers: [it's]\n")[0]).toBe('cloud-init: users is not available here');
});

test('User data: every script is one that a shell can read, whatever text is in it', () => {
  const texts = [
    "#!/bin/sh\necho 'it''s' \"$HOME\" `x` \\\n",
    '#cloud-config\nruncmd:\n  - [echo, "a \'b\' $c"]\n',
    '',
    '#!/bin/sh\n\0\u00ff',
  ];
  for (const text of texts)
    expect(execFileSync('sh', ['-n'], { input: bootScript('i-1', Buffer.from(text)), encoding: 'utf8' })).toBe('');
});

test('User data: scripts run again at every boot where cloud_final_modules says so', () => {
  const always = '#cloud-config\ncloud_final_modules:\n- [scripts-user, always]\n';
  expect(bootScript('i-1', Buffer.from(always))).toContain('[ yes = yes ]');
  expect(bootScript('i-1', Buffer.from('#cloud-config\na: 1\n'))).toContain('[ no = yes ]');
});
