import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Fixture, minute, putValue, startFixture } from './fixture.ts';

/** Pixels of a PNG as `rrggbb`, by `at(x, y)`. */
function readPng(bytes: Uint8Array) {
  const png = Buffer.from(bytes);
  expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12)
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR') as Buffer;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const raw = inflateSync(chunks.get('IDAT') as Buffer);
  expect(raw.length).toBe((width * 3 + 1) * height);
  const at = (x: number, y: number): string => {
    const start = y * (width * 3 + 1) + 1 + x * 3;
    return raw.toString('hex', start, start + 3);
  };
  const colors = new Map<string, number>();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) colors.set(at(x, y), (colors.get(at(x, y)) ?? 0) + 1);
  return { width, height, at, colors };
}

async function draw({ cloudwatch }: Fixture, widget: object) {
  const { MetricWidgetImage } = await cloudwatch.getMetricWidgetImage({ MetricWidget: JSON.stringify(widget) });
  return readPng(MetricWidgetImage as Uint8Array);
}

async function startWithLoad(): Promise<Fixture> {
  const fixture = await startFixture();
  await fixture.cloud.clock.advance(3_600);
  for (let at = 0; at < 60; at += 5) await putValue(fixture.cloudwatch, 'Load', 50, minute(at));
  return fixture;
}

const metrics = [['App', 'Load', { color: '#ff0000' }]];

test('GetMetricWidgetImage: draws a line in its colour where the values are', async () => {
  await using fixture = await startWithLoad();
  const { width, height, at, colors } = await draw(fixture, {
    metrics,
    start: '-PT1H',
    yAxis: { left: { min: 0, max: 100 } },
    legend: { position: 'hidden' },
    width: 400,
    height: 200,
  });
  expect([width, height]).toEqual([400, 200]);
  const rows = Array.from({ length: 200 }, (_, y) => y).filter((y) => at(200, y) === 'ff0000');
  expect(rows.length).toBeGreaterThan(0);
  // Half way up the plot, which ends above the labels of the time.
  for (const y of rows) expect(Math.abs(y - 92)).toBeLessThan(8);
  expect(colors.get('ffffff')).toBeGreaterThan(60_000);
});

test('GetMetricWidgetImage: takes expressions, the right axis, annotations, and every view', async () => {
  await using fixture = await startWithLoad();
  const base = {
    metrics: [...metrics, [{ expression: 'm1*2', label: 'twice', color: '#00ff00', yAxis: 'right' }]],
    title: 'Load',
    start: '-PT1H',
    width: 300,
    height: 200,
  };
  const line = await draw(fixture, {
    ...base,
    annotations: {
      horizontal: [{ value: 70, label: 'high', color: '#0000ff', fill: 'above' }],
      vertical: [{ value: '2026-01-01T00:30:00Z', color: '#ff00ff' }],
    },
  });
  for (const color of ['ff0000', '00ff00', '0000ff', 'ff00ff']) expect(line.colors.get(color)).toBeGreaterThan(20);
  for (const view of ['bar', 'pie']) {
    const { colors } = await draw(fixture, { ...base, view });
    expect(colors.get('00ff00')).toBeGreaterThan(2_000);
  }
  const { colors } = await draw(fixture, { ...base, view: 'singleValue' });
  expect(colors.get('16191f')).toBeGreaterThan(200);
  expect((await draw(fixture, { ...base, stacked: true })).colors.get('ff9999')).toBeGreaterThan(1_000);
  expect((await draw(fixture, { ...base, width: 1, height: 1 })).width).toBe(1);
});

test('GetMetricWidgetImage: draws nothing outside of the axes', async () => {
  await using fixture = await startWithLoad();
  await putValue(fixture.cloudwatch, 'Load', 2 ** 350, minute(20));
  const yAxis = { left: { min: 0, max: 20 } };
  const annotations = { vertical: [{ value: '2025-01-01T00:00:00Z', color: '#ff00ff' }] };
  const { colors } = await draw(fixture, {
    metrics,
    start: '-PT1H',
    yAxis,
    annotations,
    legend: { position: 'hidden' },
  });
  expect(colors.get('ff0000') ?? 0).toBeLessThan(100);
  expect(colors.get('ff00ff')).toBeUndefined();
});

test.each([
  ['no JSON', '{'],
  ['no metrics', '{}'],
  ['half a dimension', JSON.stringify({ metrics: [['App', 'Load', 'Host']] })],
  ['a size beyond the limit', JSON.stringify({ metrics, width: 2_001 })],
  ['a time range that ends before it begins', JSON.stringify({ metrics, start: '-PT1H', end: '-PT2H' })],
  ['an expression that cannot be read', JSON.stringify({ metrics: [[{ expression: 'm1 +' }]] })],
])('GetMetricWidgetImage: refuses %s', async (_what, MetricWidget) => {
  await using fixture = await startFixture();
  await expect(fixture.cloudwatch.getMetricWidgetImage({ MetricWidget })).rejects.toMatchObject({
    name: 'ValidationException',
  });
});
