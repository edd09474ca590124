import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.ts';

for (const service of ['sts', 'sqs', 'dynamodb', 'iam']) {
  test(`${service}: every operation makes the round trip`, { timeout: 120_000 }, async () => {
    const config = service === 'sqs' ? { md5: false } : {};
    const { failures } = await roundTrip(service, await import(`@aws-sdk/client-${service}`), { config });
    expect(failures).toEqual([]);
  });
}
