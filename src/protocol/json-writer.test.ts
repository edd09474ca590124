import { expect, test } from 'vitest';
import { writeJson } from './json-writer.ts';
import { modelOf, type Shape } from './model.ts';

const output = (service: string, operation: string): Shape => {
  const found = modelOf(service).operations.get(operation);
  if (found === undefined) throw new Error(`no ${operation}`);
  return found.output;
};

test('writeJson: doubles keep their point, integers have none', () => {
  const MetricAlarms = [{ Threshold: 50, EvaluationPeriods: 3 }, { Threshold: -0.5 }, { Threshold: 1e21 }];
  const text = writeJson(output('cloudwatch', 'DescribeAlarms'), { MetricAlarms });
  expect(text).toContain('"Threshold":50.0');
  expect(text).toContain('"EvaluationPeriods":3');
  expect(text).not.toContain('"EvaluationPeriods":3.0');
  expect(text).toContain('"Threshold":-0.5');
  expect(text).toContain('"Threshold":1e+21');
});
