import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeMachine } from './machine.ts';
import { parsePattern } from './parse.ts';
import { compilePattern } from './pattern.ts';

const folder = new URL('../constraints/', import.meta.url);
const patterns = new Set<string>();
for (const name of readdirSync(folder)) {
  const { shapes } = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  for (const shape of shapes) if (shape[0] === 'T' && typeof shape[3] === 'string') patterns.add(shape[3]);
}

test('every pattern of the tables is understood but for the listed ones', () => {
  const skipped = [...patterns].flatMap((pattern) => {
    const compiled = compilePattern(pattern);
    return typeof compiled === 'string' ? [`${pattern} (${compiled})`] : [];
  });
  expect(patterns.size).toBeGreaterThan(600);
  expect(skipped).toEqual([]);
});

const matches = (pattern: string, text: string): boolean => {
  const compiled = compilePattern(pattern);
  if (typeof compiled === 'string') throw new Error(compiled);
  return compiled(text);
};

test('Java spellings mean what they mean in Java', () => {
  expect(matches('[\\w+=,.@-]+', 'a.b@c')).toBe(true);
  expect(matches('[\\w]+', 'with-hyphen')).toBe(false);
  expect(matches('\\w+', 'ä')).toBe(false);
  expect(matches('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*', 'Größe 日本 1')).toBe(true);
  expect(matches('[\\p{L}]*', 'a1')).toBe(false);
  expect(matches('\\p{Alnum}+', 'aZ9')).toBe(true);
  expect(matches('\\p{Alnum}+', 'é')).toBe(false);
  expect(matches('(?i)arn:[a-z]+', 'ARN:xY')).toBe(true);
  expect(matches('(?s).*', 'a\nb')).toBe(true);
  expect(matches('.*', 'a\nb')).toBe(false);
  expect(matches('[a-z[0-9]]+', 'a1')).toBe(true);
  expect(matches('\\Qa.b\\E', 'a.b')).toBe(true);
  expect(matches('\\Qa.b\\E', 'axb')).toBe(false);
  expect(matches('[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*', 'a😀\n')).toBe(true);
  expect(matches('^(?!aws:)[a-z:]+(?<!:)$', 'my:key')).toBe(true);
  expect(matches('^(?!aws:)[a-z:]+(?<!:)$', 'aws:key')).toBe(false);
  expect(matches('^(?!aws:)[a-z:]+(?<!:)$', 'my:')).toBe(false);
  expect(compilePattern('(a)\\1')).toBeTypeOf('string');
  expect(compilePattern('a{3,2}')).toBeTypeOf('string');
  expect(compilePattern('[a')).toBeTypeOf('string');
  expect(compilePattern('(a')).toBeTypeOf('string');
});

test('the machine agrees with the engine on every pattern of the tables', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'aZ09-_.:/ =@*\n,{}$éarn:aws:'), maxLength: 24 });
  const samples = fc.sample(letters, { numRuns: 40, seed: 7 });
  const arns = ['arn:aws:iam::123456789012:role/a', 'arn:aws:s3:::b', 'us-east-1', '123456789012', 'a@b.example'];
  for (const pattern of patterns) {
    const compiled = compilePattern(pattern);
    if (typeof compiled === 'string' || /\d{4,}\}/.test(pattern)) continue;
    const machine = makeMachine(parsePattern(pattern));
    for (const text of [...samples, ...arns])
      expect([pattern, text, machine(text)]).toEqual([pattern, text, compiled(text)]);
  }
});

test('no pattern of the tables takes long, whatever the text', () => {
  const units = ['a', '0', '-', 'a.', ':a', '/a', ' ', 'a:'];
  for (const pattern of patterns) {
    const compiled = compilePattern(pattern);
    if (typeof compiled === 'string') continue;
    for (const unit of units)
      for (const length of [30, 60, 499, 3_000]) {
        const text = `${unit.repeat(length / unit.length)}\u0000`;
        const start = process.cpuUsage().user;
        compiled(text);
        const tookMs = (process.cpuUsage().user - start) / 1_000;
        expect([pattern, unit, length, tookMs < 250]).toEqual([pattern, unit, length, true]);
      }
  }
}, 120_000);

test('a pattern that explodes when backtracking does not', () => {
  expect(matches('(a+)+b', 'a'.repeat(5_000))).toBe(false);
  expect(matches('(a|a)*b', `${'a'.repeat(5_000)}b`)).toBe(true);
  expect(matches('.*.*.*.*=.*', 'x'.repeat(5_000))).toBe(false);
});
