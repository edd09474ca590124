import { expect, test } from 'vitest';
import { readYaml } from './yaml.ts';

test('YAML: collections, scalars and comments as cloud-config has them', () => {
  const text = `#cloud-config
# a comment
hostname: web-1   # another
package_update: true
swap: ~
runcmd:
- echo "a:b"
- [ sh, -c, 'echo it''s > /tmp/x' ]
-
  - ls
  - -l
write_files:
  - path: /etc/motd
    permissions: '0644'
    content: |
      first
        second

      third
  - {path: /a, content: "x\\ty", append: yes}
  - path: /b
    permissions: 0600
    content: >-
      one
      two

      three
"quoted key": 1.5
empty:
nested:
    deep:
        list: [1, [2, three], {four: 5}]
url: http://example.com:80/#x
flow: [a,
  b]
`;
  expect(readYaml(text)).toEqual({
    hostname: 'web-1',
    package_update: true,
    swap: null,
    runcmd: ['echo "a:b"', ['sh', '-c', "echo it's > /tmp/x"], ['ls', '-l']],
    write_files: [
      { path: '/etc/motd', permissions: '0644', content: 'first\n  second\n\nthird\n' },
      { path: '/a', content: 'x\ty', append: true },
      { path: '/b', permissions: 0o600, content: 'one two\nthree' },
    ],
    'quoted key': 1.5,
    empty: null,
    nested: { deep: { list: [1, [2, 'three'], { four: 5 }] } },
    url: 'http://example.com:80/#x',
    flow: ['a', 'b'],
  });
});

test.each([
  ['a: &x 1', 'line 1: & is not understood'],
  ['a: 1\na: 2', 'line 2: a is there twice'],
  ['a:\n\tb: 1', 'line 2: a tab cannot indent'],
  ['a: [1, 2', 'line 2: a bracket or quote is not closed'],
  ['a: one\n  two', 'line 2: text over several lines needs | or >'],
  ['a: 1\n- b', 'line 2: a key and a colon were expected'],
])('YAML: what is not understood is refused with its line: %j', (text, message) => {
  expect(() => readYaml(text)).toThrow(message);
});
