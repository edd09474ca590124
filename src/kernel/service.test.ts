import { expect, test } from 'vitest';
import { operationsIn } from './service.ts';

const CreateTree = () => ({});

test('operationsIn: takes what is exported under a capital letter and can be called', () => {
  const operations = operationsIn({ CreateTree, createLeaf: () => ({}), MOST_TREES: 3 }, { CreateTree });
  expect(operations).toEqual({ CreateTree });
});

test('operationsIn: two operations of one name are an error of the service, not a matter of their order', () => {
  expect(() => operationsIn({ CreateTree }, { CreateTree: () => ({}) })).toThrow(
    'two modules export an operation CreateTree',
  );
});
