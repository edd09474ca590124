import { describe, expect, test } from 'vitest';
import { AwsError } from '../kernel/errors.ts';
import { decodeFrame, decodeFrames, encodeFrame } from './event-frame.ts';
import { readEvents, writeEvents } from './event-stream.ts';
import { modelOf, type StructureShape } from './model.ts';

const union = (service: string, name: string): StructureShape => {
  const shape = modelOf(service).shape(name);
  if (shape?.kind !== 'structure') throw new Error(`no ${name}`);
  return shape;
};

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

describe('frames', () => {
  test('the example of the documentation of Transcribe: an empty frame is 16 bytes', () => {
    const frame = encodeFrame({ headers: {}, payload: new Uint8Array(0) });
    expect(Buffer.from(frame).toString('hex')).toBe('000000100000000005c248eb7d98c8ff');
  });

  test('every kind of header', () => {
    const headers = {
      text: 'a箱',
      yes: true,
      no: false,
      small: -5,
      wide: 2n ** 40n,
      at: new Date(1_700_000_000_123),
      bytes: Uint8Array.of(1, 2),
    };
    const frame = decodeFrame(encodeFrame({ headers, payload: Uint8Array.of(9) }));
    expect({ ...frame.headers, bytes: new Uint8Array(frame.headers.bytes as Uint8Array) }).toEqual(headers);
    expect([...frame.payload]).toEqual([9]);
  });

  test('cut anywhere, they come out whole; damaged, they are refused', async () => {
    const bytes = Buffer.concat([1, 2, 3].map((n) => encodeFrame({ headers: { n }, payload: Uint8Array.of(n) })));
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
    expect((await all(decodeFrames(each(pieces)))).map(({ headers }) => headers.n)).toEqual([1, 2, 3]);
    for (const at of [0, 5, 9, 14, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      await expect(all(decodeFrames(each([damaged])))).rejects.toThrow(/well-formed/);
    }
    await expect(all(decodeFrames(each([bytes.subarray(0, 20)])))).rejects.toThrow(/well-formed/);
  });
});

describe('event streams', () => {
  const select = union('s3', 'SelectObjectContentEventStream');
  const events = [
    { Records: { Payload: Uint8Array.of(1, 2, 3) } },
    { Stats: { Details: { BytesScanned: 1, BytesProcessed: 2, BytesReturned: 3 } } },
    { Cont: {} },
    { End: {} },
  ];

  test('what is written is read', async () => {
    const read = await all(readEvents(select, writeEvents(select, each(events), 'xml'), 'xml'));
    expect(JSON.parse(JSON.stringify(read))).toEqual(
      JSON.parse(JSON.stringify([{ Records: { Payload: Buffer.from([1, 2, 3]) } }, ...events.slice(1)])),
    );
  });

  test('a signed stream is unwrapped', async () => {
    const headers = { ':date': new Date(0), ':chunk-signature': Uint8Array.of(0) };
    const inner = await all(writeEvents(select, each(events.slice(2)), 'xml'));
    const outer = [...inner, new Uint8Array(0)].map((payload) => encodeFrame({ headers, payload }));
    expect(await all(readEvents(select, each(outer), 'xml'))).toEqual(events.slice(2));
  });

  test('an error on the way is the last message: modelled as an exception, else as an error', async () => {
    const shard = union('kinesis', 'SubscribeToShardEventStream');
    // oxlint-disable-next-line require-yield -- it fails before
    const failing = async function* failing(code: string): AsyncGenerator<object> {
      throw new AwsError(code, 400, 'It went wrong.');
    };
    const [modelled] = await all(writeEvents(shard, failing('ResourceInUseException'), 'awsJson1_1'));
    expect(decodeFrame(modelled ?? new Uint8Array(0)).headers).toMatchObject({
      ':message-type': 'exception',
      ':exception-type': 'ResourceInUseException',
    });
    const [other] = await all(writeEvents(shard, failing('Throttled'), 'awsJson1_1'));
    expect(decodeFrame(other ?? new Uint8Array(0)).headers).toMatchObject({
      ':message-type': 'error',
      ':error-code': 'Throttled',
      ':error-message': 'It went wrong.',
    });
  });
});
