import { describe, expect, test } from 'vitest';
import { parseXml, XmlSyntaxError } from './xml-parser.ts';

describe('parseXml', () => {
  test('elements, attributes, text, CDATA, comments, entities', () => {
    const root = parseXml(
      '\ufeff<?xml version="1.0"?>\n<!-- c --><a:Root xmlns:a="u" b=\'1 &amp; 2\'><Key>a&lt;b&#x263A;</Key><!-- x --><Key><![CDATA[<raw>&]]></Key><E/></a:Root>\n',
    );
    expect(root.name).toBe('Root');
    expect(root.attributes?.b).toBe('1 & 2');
    expect(root.children.map(({ name, text }) => [name, text])).toEqual([
      ['Key', 'a<b☺'],
      ['Key', '<raw>&'],
      ['E', ''],
    ]);
  });

  test.each([
    ['', 'nothing'],
    ['text', 'no element'],
    ['<a>', 'not closed'],
    ['<a></b>', 'closed by another'],
    ['<a><b></a></b>', 'crossed'],
    ['<a/><b/>', 'two roots'],
    ['<a x=1/>', 'an attribute without quotes'],
    ['<a x="1/>', 'an attribute without end'],
    ['<a>&unknown;</a>', 'an unknown entity'],
    ['<a>&constructor;</a>', 'an entity of the prototype'],
    ['<a>& b</a>', 'a bare ampersand'],
    ['<a>&#xD800;</a>', 'a surrogate'],
    ['<a>&#0;</a>', 'the null character'],
    ['<a><![CDATA[x</a>', 'CDATA without end'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'a document type'],
    ['<a><!ENTITY x "y"></a>', 'a declaration inside'],
    ['<a', 'an open tag'],
    ['<>', 'no name'],
  ])('%s is refused: %s', (text) => {
    expect(() => parseXml(text)).toThrow(XmlSyntaxError);
  });

  test('nesting has an end', () => {
    expect(() => parseXml(`${'<a>'.repeat(100_000)}`)).toThrow(XmlSyntaxError);
  });

  test('a large document takes time in proportion', () => {
    const parts = Array.from({ length: 50_000 }, (_, i) => `<Part><PartNumber>${i}</PartNumber></Part>`).join('');
    const start = performance.now();
    expect(parseXml(`<C>${parts}</C>`).children).toHaveLength(50_000);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
