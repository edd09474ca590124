// What can be wrong with a data folder, and what the cloud says then: a full disk, a damaged file, a newer format, another process.
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client, CreateBucketCommand } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Cloud, openCloud } from '../../src/cloud.ts';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { BlobFolder } from '../../src/kernel/blob-store.ts';
import { DataFolderError, dataFormat } from '../../src/kernel/data-folder.ts';
import { GroupCommit, type Journal } from '../../src/kernel/journal.ts';
import { openLmdb } from '../../src/kernel/journal-lmdb.ts';
import { damageOf } from '../../src/kernel/lmdb-check.ts';
import { table } from '../../src/kernel/table.ts';
import { freePort, makeBuild, startServer } from './server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hakoniwa-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): Promise<RunningCloud> => startCloud({ dataFolder: folder, strict: true });
const rowsFile = (): string => join(folder, 'rows.mdb');
const refusal = (start: Promise<unknown>): Promise<string> =>
  start.then(
    () => 'it started',
    (error: unknown) => (error instanceof DataFolderError ? error.message : `no DataFolderError: ${String(error)}`),
  );

interface Note {
  readonly id: string;
  readonly text: string;
}
const tables = { notes: table<Note>()({ key: (note) => note.id }) };
const notesOf = (cloud: Cloud) => cloud.store.state('test', tables, '1', 'r').notes;
const put = (cloud: Cloud, id: string, text = 'x') =>
  cloud.store.transaction(() => notesOf(cloud).put({ id, text })).saved;

test('format: a folder says its format, and a newer or older one is refused politely and left as it is', async () => {
  await (await open()).close();
  const file = join(folder, 'format.json');
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ format: dataFormat });
  await writeFile(file, JSON.stringify({ format: dataFormat + 1 }));
  const before = await readFile(rowsFile());
  expect(await refusal(open())).toBe(
    `The data in ${folder} has format ${dataFormat + 1}; this Hakoniwa knows up to ${dataFormat}. Start a newer Hakoniwa, or give another --data folder.`,
  );
  await writeFile(file, JSON.stringify({ format: dataFormat - 1 }));
  expect(await refusal(open())).toBe(
    `The data in ${folder} has format ${dataFormat - 1}; this Hakoniwa writes format ${dataFormat} and cannot read it. Start the Hakoniwa that wrote it, or give another --data folder.`,
  );
  expect((await readFile(rowsFile())).equals(before)).toBe(true);
  await writeFile(file, 'no JSON');
  expect(await refusal(open())).toContain('does not say which format');
});

test('format: a folder that cannot be made says so', async () => {
  await writeFile(join(folder, 'file'), '');
  expect(await refusal(startCloud({ dataFolder: join(folder, 'file', 'data') }))).toContain('cannot be made');
});

test('two clouds: the second on a folder is refused, and may have it when the first is closed', async () => {
  const first = await open();
  expect(await refusal(open())).toContain(`is in use by process ${process.pid}: two clouds cannot share it`);
  await first.close();
  const second = await open();
  await second.close();
  expect(await readdir(folder)).not.toContain('holder');
});

test('two processes: the second is refused with who has the folder; a killed one leaves no lock behind', async () => {
  makeBuild();
  const first = await startServer(['--port', String(await freePort()), '--data', folder]);
  const second = startServer(['--port', String(await freePort()), '--data', folder]);
  await expect(second).rejects.toThrow(
    new RegExp(
      `ended with 1 before it was ready: hakoniwa: The data folder .* is in use by process ${first.child.pid}`,
    ),
  );
  await first.kill();
  await (await open()).close();
});

test('two starts at once: one of them has the folder', async () => {
  const started = await Promise.allSettled([open(), open(), open()]);
  const clouds = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(clouds.length).toBe(1);
  await clouds[0]?.close();
});

test('a damaged file: a lost end and a strange page are told at the start, and nothing dies of it', async () => {
  const cloud = await open();
  for (let at = 0; at < 300; at++) await put(cloud.inside, `note-${at}`, 'x'.repeat(500));
  await cloud.close();
  const whole = await readFile(rowsFile());
  expect(damageOf(rowsFile())).toBeUndefined();
  const pages = whole.byteLength / 4_096;
  await truncate(rowsFile(), Math.floor(pages / 2) * 4_096);
  expect(await refusal(open())).toMatch(/rows\.mdb is damaged: it has lost its end.*Restore it from a backup/);
  await writeFile(rowsFile(), Buffer.from(whole).fill(0xa5, 2 * 4_096));
  expect(await refusal(open())).toMatch(/rows\.mdb is damaged: page \d+ is another one/);
  await writeFile(rowsFile(), 'not a database');
  expect(await refusal(open())).toMatch(/rows\.mdb is damaged: its first page/);
  await writeFile(rowsFile(), whole);
  const mended = await open();
  expect(notesOf(mended.inside).size).toBe(300);
  await mended.close();
});

test('a damaged row: reading its table says so with 503, and other tables are read', async () => {
  const cloud = await open();
  await put(cloud.inside, 'note', 'the text of this note');
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'whole' }));
  await cloud.close();
  const bytes = await readFile(rowsFile());
  // Old snapshots of the page are in the file too.
  for (let at = bytes.indexOf('the text of this'); at >= 0; at = bytes.indexOf('the text of this')) bytes[at] = 0x54;
  await writeFile(rowsFile(), bytes);
  const again = await open();
  expect(() => notesOf(again.inside)).toThrow(
    /rows\.mdb is damaged: a row of test\/1\/r\/notes is not what was written/,
  );
  expect(() => notesOf(again.inside)).toThrow(/is damaged/);
  expect((await again.client(SQSClient).send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(1);
  await again.close();
});

test('a damaged body: GetObject says 503 before it sends anything', async () => {
  const cloud = await open();
  const s3 = cloud.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: 'bodies' }));
  await s3.send(new PutObjectCommand({ Bucket: 'bodies', Key: 'big', Body: Buffer.alloc(100_000) }));
  const [id = ''] = await readdir(join(folder, 'blobs'));
  const get = () => s3.send(new GetObjectCommand({ Bucket: 'bodies', Key: 'big' }));
  await truncate(join(folder, 'blobs', id), 5_000);
  await expect(get()).rejects.toMatchObject({
    name: 'ServiceUnavailable',
    message: expect.stringContaining('it has 5000 bytes instead of 100000'),
  });
  await rm(join(folder, 'blobs', id));
  await expect(get()).rejects.toMatchObject({ message: expect.stringContaining('it is gone') });
  await cloud.close();
});

test('a name too long for any key: there is nothing, and no failure', async () => {
  const cloud = await open();
  const long = 'x'.repeat(5_000);
  expect(cloud.inside.store.state('test', tables, long, 'r').notes.size).toBe(0);
  const asked = cloud.client(SQSClient).send(new GetQueueUrlCommand({ QueueName: 'q', QueueOwnerAWSAccountId: long }));
  await expect(asked).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  await cloud.close();
});

/** A cloud on a journal whose disk can be full. */
async function openFragile() {
  const disk = { full: false };
  const journal = await openLmdb(folder);
  const refuse = (): void => {
    if (disk.full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  const fragile: Journal = {
    ...journal,
    write: async (changes) => {
      refuse();
      await journal.write(changes);
    },
    replace: async (rows) => {
      refuse();
      await journal.replace(rows);
    },
  };
  const parts = { log: new GroupCommit(fragile), folder: new BlobFolder(join(folder, 'blobs')) };
  const cloud = new Cloud({ strict: true, clock: { kind: 'frozen' } }, parts);
  await cloud.resume();
  return { cloud, disk };
}

test('a full disk: what changes is refused whole, what reads is answered, and it goes on when there is room', async () => {
  const { cloud, disk } = await openFragile();
  const names = async () => {
    const { QueueUrls = [] } = await cloud.call<object, { QueueUrls?: string[] }>('sqs', 'ListQueues', {});
    return QueueUrls.map((url) => url.split('/').at(-1));
  };
  await cloud.call('sqs', 'CreateQueue', { QueueName: 'before' });
  disk.full = true;
  const refused = { code: 'ServiceUnavailable', status: 503, message: expect.stringContaining('no space left') };
  const attempts = ['a', 'b', 'c'].map((QueueName) => cloud.call('sqs', 'CreateQueue', { QueueName }));
  for (const attempt of attempts) await expect(attempt).rejects.toMatchObject(refused);
  await expect(cloud.reset()).rejects.toMatchObject(refused);
  expect(await names()).toEqual(['before']);
  disk.full = false;
  await cloud.call('sqs', 'CreateQueue', { QueueName: 'later' });
  expect(await names()).toEqual(['before', 'later']);
  await cloud.close();
  const again = await openCloud({ dataFolder: folder });
  expect(again.store.places().filter((place) => place.startsWith('sqs/')).length).toBeGreaterThan(0);
  await again.close();
});

test('a full disk: a job whose changes cannot be written is not lost', async () => {
  const { cloud, disk } = await openFragile();
  await cloud.call('dynamodb', 'CreateTable', {
    TableName: 'things',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  const status = async () => {
    const { Table } = await cloud.call<object, { Table: { TableStatus: string } }>('dynamodb', 'DescribeTable', {
      TableName: 'things',
    });
    return Table.TableStatus;
  };
  disk.full = true;
  const jobs = cloud.jobs.size;
  await expect(cloud.advance(600)).rejects.toMatchObject({ status: 503 });
  expect(cloud.jobs.size).toBe(jobs);
  disk.full = false;
  await cloud.advance(600);
  expect(await status()).toBe('ACTIVE');
  expect(cloud.jobs.size).toBeLessThan(jobs);
  await cloud.close();
});

test('a reset comes in its turn: what was asked for right after it stays, also over a restart', async () => {
  const { cloud } = await openFragile();
  await put(cloud, 'old');
  const written = put(cloud, 'just before');
  const reset = cloud.reset();
  const later = put(cloud, 'just after');
  await Promise.all([written, reset, later]);
  await cloud.close();
  const again = await openCloud({ dataFolder: folder });
  expect(
    notesOf(again)
      .list()
      .map((note) => note.id),
  ).toEqual(['just after']);
  await again.close();
});

test.runIf(process.platform === 'linux')(
  'a real limit: the files may grow no further, and the process says so, goes on reading, and lost nothing',
  { timeout: 60_000 },
  async () => {
    makeBuild();
    const port = await freePort();
    // The system sends a signal at the limit, which Node would die of; a full disk sends none.
    const ignoring = ['--import', 'data:text/javascript,process.on("SIGXFSZ",()=>{})'];
    const words = ['--port', String(port), '--data', folder];
    const server = await startServer(words, ignoring, 2_000);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const config = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', maxAttempts: 1, credentials };
    const sqs = new SQSClient(config);
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    let acknowledged = 0;
    const fill = async (): Promise<void> => {
      for (; acknowledged < 1_000; acknowledged++)
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(50_000) }));
    };
    await expect(fill()).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: expect.stringContaining('could not write to its data folder'),
    });
    expect(acknowledged).toBeGreaterThan(5);
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(1);
    await s3.send(new CreateBucketCommand({ Bucket: 'bodies' })).catch(() => undefined);
    const big = new PutObjectCommand({ Bucket: 'bodies', Key: 'big', Body: Buffer.alloc(4_000_000) });
    await expect(s3.send(big)).rejects.toMatchObject({ $metadata: { httpStatusCode: expect.any(Number) } });
    await server.kill();

    const again = await startCloud({ dataFolder: folder });
    const messages = await again.inside.call<object, { Attributes: Record<string, string> }>(
      'sqs',
      'GetQueueAttributes',
      { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] },
    );
    expect(messages.Attributes['ApproximateNumberOfMessages']).toBe(String(acknowledged));
    await again.close();
  },
);
