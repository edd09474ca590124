// The exact arithmetic of credits against a walker that goes second by second.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant, later } from '../../../kernel/units.ts';
import { balanceOf, fullBucket, performanceOf, serve, serveHistory } from './volume-performance.ts';
import { shapeOf } from './volume-type.ts';

const gp2 = (sizeGib: number) => performanceOf(shapeOf({ sizeGib, type: 'gp2' }));

test('gp2: a volume under 1,000 GiB bursts to 3,000 IOPS for as long as its credits last (EBS-07)', () => {
  const volume = gp2(100);
  expect(volume).toMatchObject({ baselineIops: 300, burstIops: 3_000, bucket: { size: 5_400_000 } });
  const second = serve(volume, { iops: 3_000, ioKib: 16 }, 1, fullBucket(volume));
  expect(second).toMatchObject({ ios: 3_000, throttledSeconds: 0, credits: 5_400_000 - 2_700 });
  const hour = serve(volume, { iops: 3_000, ioKib: 16 }, 3_600, fullBucket(volume));
  expect(hour).toMatchObject({ credits: 0, throttledSeconds: 1_600, ios: 2_000 * 3_000 + 1_600 * 300 });
  const rest = serve(volume, { iops: 0, ioKib: 16 }, 9_000, 0);
  expect(balanceOf(volume, rest.credits ?? 0)).toBe(50);
  expect(gp2(1_000).bucket).toBeUndefined();
  expect(gp2(16_384).baselineIops).toBe(16_000);
});

test('st1 and sc1: throughput by size, with bursts (EBS-10)', () => {
  const st1 = performanceOf(shapeOf({ sizeGib: 1_024, type: 'st1' }));
  expect(st1).toMatchObject({ baselineMibps: 40, burstMibps: 250, bucket: { of: 'mib', size: 1_048_576 } });
  const sc1 = performanceOf(shapeOf({ sizeGib: 16_384, type: 'sc1' }));
  expect(sc1).toMatchObject({ baselineMibps: 192, burstMibps: 250 });
});

test('gp3, io1 and io2: what was asked for, without credits (EBS-08, EBS-09)', () => {
  const gp3 = performanceOf(shapeOf({ sizeGib: 8, type: 'gp3' }));
  expect(gp3).toEqual({ baselineIops: 3_000, burstIops: 3_000, baselineMibps: 125, burstMibps: 125 });
  const io1 = performanceOf(shapeOf({ sizeGib: 2_000, type: 'io1', iops: 64_000 }));
  expect([io1.baselineIops, io1.baselineMibps]).toEqual([64_000, 1_000]);
  const io2 = performanceOf(shapeOf({ sizeGib: 2_000, type: 'io2', iops: 256_000 }));
  expect([io2.baselineIops, io2.baselineMibps]).toEqual([256_000, 4_000]);
  expect(serve(gp3, { iops: 4_000, ioKib: 16 }, 10, undefined)).toMatchObject({ ios: 30_000, throttledSeconds: 10 });
  expect(serve(gp3, { iops: 3_000, ioKib: 64 }, 10, undefined)).toMatchObject({ mib: 1_250, throttledSeconds: 10 });
});

const volumes = fc.oneof(
  fc.integer({ min: 1, max: 2_000 }).map((sizeGib) => performanceOf(shapeOf({ sizeGib, type: 'gp2' }))),
  fc.integer({ min: 125, max: 4_096 }).map((sizeGib) => performanceOf(shapeOf({ sizeGib, type: 'st1' }))),
  fc.integer({ min: 125, max: 4_096 }).map((sizeGib) => performanceOf(shapeOf({ sizeGib, type: 'sc1' }))),
);

test('credits: served whole or in two parts, the volume does the same', () => {
  const load = fc.record({ iops: fc.integer({ min: 0, max: 5_000 }), ioKib: fc.constantFrom(4, 16, 64, 256, 1_024) });
  const seconds = fc.integer({ min: 1, max: 20_000 });
  fc.assert(
    fc.property(
      volumes,
      load,
      seconds,
      seconds,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (volume, asked, a, b, part) => {
        const credits = volume.bucket === undefined ? undefined : volume.bucket.size * part;
        const whole = serve(volume, asked, a + b, credits);
        const first = serve(volume, asked, a, credits);
        const second = serve(volume, asked, b, first.credits);
        expect(first.ios + second.ios).toBeCloseTo(whole.ios, 1);
        expect(second.credits ?? 0).toBeCloseTo(whole.credits ?? 0, 1);
        expect(whole.ios).toBeLessThanOrEqual(asked.iops * (a + b) + 1e-6);
        if (volume.bucket !== undefined && whole.credits !== undefined) {
          expect(whole.credits).toBeGreaterThanOrEqual(0);
          expect(whole.credits).toBeLessThanOrEqual(volume.bucket.size);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('credits: the sum over a history is that of a walk second by second', () => {
  const start = instant(0);
  const loads = fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 900 }), iops: fc.integer({ min: 0, max: 4_000 }) }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(volumes, loads, fc.integer({ min: 0, max: 200_000 }), (volume, changes, credits) => {
      const history = changes
        .sort((a, b) => a.at - b.at)
        .map(({ at, iops }) => ({ from: later(start, at), iops, ioKib: 16 }));
      const had = volume.bucket === undefined ? undefined : credits;
      const whole = serveHistory(volume, history, start, later(start, 1_000), had);
      let ios = 0;
      let left = had;
      for (let second = 0; second < 1_000; second++) {
        const current = history.findLast((load) => load.from <= later(start, second)) ?? { iops: 0, ioKib: 16 };
        const part = serve(volume, current, 1, left);
        ios += part.ios;
        left = part.credits;
      }
      expect(whole.ios).toBeCloseTo(ios, 1);
      expect(whole.credits ?? 0).toBeCloseTo(left ?? 0, 1);
    }),
    { numRuns: 100 },
  );
});
