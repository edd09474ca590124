import { DynamoDB } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTable, startFixture } from './fixture.ts';

const step = fc.record({
  seconds: fc.integer({ min: 1, max: 900 }),
  pk: fc.constantFrom('a', 'b', 'c'),
  kind: fc.constantFrom('put', 'update', 'delete'),
  v: fc.integer({ min: 0, max: 3 }),
});

/** What a table must hold at an instant: attribute values by key. */
type Model = ReadonlyMap<string, number>;

test('RestoreTableToPointInTime: at every second the table is what the writes until then made of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(), async (steps, pick) => {
      await using t = await startFixture();
      const db = t.cloud.client(DynamoDB);
      await createTable(t);
      await db.updateContinuousBackups({
        TableName: 'table',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      const start = t.cloud.clock.now().getTime();
      const versions: { readonly at: number; readonly model: Model }[] = [{ at: start, model: new Map() }];
      for (const { seconds, pk, kind, v } of steps) {
        await t.cloud.clock.advance(seconds);
        const Key = { pk: { S: pk }, sk: { S: 's' } };
        const model = new Map(versions.at(-1)?.model);
        if (kind === 'put') {
          await db.putItem({ TableName: 'table', Item: { ...Key, v: { N: String(v) } } });
          model.set(pk, v);
        } else if (kind === 'delete') {
          await db.deleteItem({ TableName: 'table', Key });
          model.delete(pk);
        } else {
          const UpdateExpression = 'ADD v :v';
          const ExpressionAttributeValues = { ':v': { N: String(v) } };
          await db.updateItem({ TableName: 'table', Key, UpdateExpression, ExpressionAttributeValues });
          model.set(pk, (model.get(pk) ?? 0) + v);
        }
        versions.push({ at: t.cloud.clock.now().getTime(), model });
      }
      await t.cloud.clock.advance(300);
      const end = t.cloud.clock.now().getTime() - 300_000;
      const at = start + Math.floor((pick % (end - start + 1)) / 1000) * 1000;
      await db.restoreTableToPointInTime({
        SourceTableName: 'table',
        TargetTableName: 'copy',
        RestoreDateTime: new Date(at),
      });
      await t.cloud.clock.advance(10);
      const { Items = [] } = await db.scan({ TableName: 'copy' });
      const found = new Map(Items.map(({ pk, v }) => [pk?.S as string, Number(v?.N)]));
      expect(found).toEqual(new Map(versions.findLast((version) => version.at <= at)?.model));
    }),
    { numRuns: 40 },
  );
});
