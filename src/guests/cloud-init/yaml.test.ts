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
  ['a: 1\na: 2', 'Map keys must be unique at line 2'],
  ['a: [1, 2', 'at line 1'],
  ['a: "one', 'at line 1'],
])('YAML: what is not understood is refused with its line: %j', (text, message) => {
  expect(() => readYaml(text)).toThrow(message);
});

test('YAML: a text that grows without end by its aliases is refused', () => {
  const doubled = Array.from({ length: 30 }, (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}]`);
  expect(() => readYaml(['x0: &x0 [a, b]', ...doubled].join('\n'))).toThrow('Excessive alias count');
});
