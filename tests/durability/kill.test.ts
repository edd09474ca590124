// `kill -9` at random moments under a mixed load of all five services. What was acknowledged before is there after a restart on the same
// folder, and what was not is there whole or not at all.
//
// HAKONIWA_KILLS sets how often, HAKONIWA_SEED which moments and requests.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { makeDynamoWorker } from './dynamodb-worker.ts';
import { makeIdentityWorker } from './identity-worker.ts';
import { type Chance, makeChance, shorten, Unanswered, type Worker } from './ledger.ts';
import { makeS3Worker } from './s3-worker.ts';
import { freePort, makeBuild, startServer } from './server.ts';
import { makeSqsWorker } from './sqs-worker.ts';

const kills = Number(process.env['HAKONIWA_KILLS'] ?? 10);
const seed = Number(process.env['HAKONIWA_SEED'] ?? Date.now() % 1_000_000);
/** A kill comes so long after the load began. */
const longestLoadMs = 250;

function makeWorkers(endpoint: string, chance: Chance): Worker[] {
  const config = {
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const dynamodb = new DynamoDBClient(config);
  const sqs = new SQSClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  return [
    ...['d1', 'd2', 'd3'].map((name) => makeDynamoWorker(dynamodb, chance, name)),
    makeSqsWorker(sqs, chance, 'plain', false),
    makeSqsWorker(sqs, chance, 'ordered', true),
    ...['o1', 'o2'].map((name) => makeS3Worker(s3, chance, name)),
    makeIdentityWorker(new IAMClient(config), endpoint, chance, 'person'),
  ];
}

async function prepare(endpoint: string, workers: readonly Worker[]): Promise<void> {
  for (const worker of workers) await worker.prepare();
  // A table is made within seconds of the cloud's clock.
  const moved = await fetch(`${endpoint}/_hakoniwa/clock/advance`, { method: 'POST', body: '{"by":"60s"}' });
  expect(moved.status).toBe(200);
}

/** Works until the process is gone; the number of rounds. */
async function workUntilGone(worker: Worker): Promise<number> {
  for (let rounds = 0; ; rounds++) {
    try {
      await worker.work();
    } catch (error) {
      if (error instanceof Unanswered) return rounds;
      shorten(error);
      throw new Error(worker.name, { cause: error });
    }
  }
}

const patienceMs = 60_000 + kills * 5_000;

test(`kill -9 (seed ${seed}): ${kills} kills under load lose nothing and leave nothing half done`, {
  timeout: patienceMs,
}, async () => {
  makeBuild();
  const chance = makeChance(seed);
  const folder = await mkdtemp(join(tmpdir(), 'hakoniwa-durable-'));
  const words = ['--port', String(await freePort()), '--data', folder];
  const endpoint = `http://127.0.0.1:${words[1]}`;
  const workers = makeWorkers(endpoint, chance);
  let rounds = 0;
  for (let cycle = 0; cycle <= kills; cycle++) {
    const server = await startServer(words);
    try {
      if (cycle === 0) await prepare(endpoint, workers);
      else await Promise.all(workers.map((worker) => worker.check()));
    } catch (error) {
      await server.kill();
      shorten(error);
      throw new Error(`seed ${seed}, kill ${cycle}, data left in ${folder}`, { cause: error });
    }
    const working = Promise.all(workers.map(workUntilGone));
    try {
      await Promise.race([working, sleep(20 + chance(longestLoadMs))]);
    } finally {
      await server.kill();
    }
    expect(server.said()).toBe('');
    rounds += (await working).reduce((sum, count) => sum + count, 0);
  }
  expect(rounds).toBeGreaterThan(kills);
  // Bodies that no row names went at the starts; the last one is still to do that.
  const last = await startServer(words);
  const files = await readdir(join(folder, 'blobs'));
  expect(files.filter((name) => !/^[0-9a-f]{32}$/.test(name))).toEqual([]);
  last.child.kill('SIGTERM');
  expect(await last.ended).toMatchObject({ code: 0 });
  await rm(folder, { recursive: true });
});
