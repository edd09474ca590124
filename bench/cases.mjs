// What is measured, and what it should reach (ratios to a bare node:http server that parses and answers JSON of the same size).
import { request } from './load.mjs';

const scope = (service) =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
const signed = (service) => [
  ['authorization', scope(service)],
  ['x-amz-date', '20260101T000000Z'],
];

const json = (service, target, version, input) =>
  request(
    'POST',
    '/',
    [...signed(service), ['x-amz-target', target], ['content-type', `application/x-amz-json-${version}`]],
    JSON.stringify(input),
  );
const query = (service, form) =>
  request(
    'POST',
    '/',
    [...signed(service), ['content-type', 'application/x-www-form-urlencoded; charset=utf-8']],
    form,
  );
const dynamodb = (operation, input) => json('dynamodb', `DynamoDB_20120810.${operation}`, '1.0', input);
const sqs = (operation, input) => json('sqs', `AmazonSQS.${operation}`, '1.0', input);

/** Sends one request and answers its body; anything but 2xx is an error. */
async function call({ port }, bytes) {
  const { load } = await import('./load.mjs');
  let sent = false;
  let body;
  const result = await load(port, {
    connections: 1,
    seconds: 60,
    keepBody: true,
    next: (state) => {
      if (sent) {
        body = state.body;
        return undefined;
      }
      sent = true;
      return bytes;
    },
  });
  if (result.failed > 0) throw new Error('a request of the preparation failed');
  return body;
}

const always = (bytes) => () => bytes;
/** With the same headers as the cloud's requests, so that both read a head of the same size. */
const bareLoad = (bodyBytes, answerBytes) =>
  always(
    request(
      'POST',
      '/',
      [...signed('bare'), ['content-type', 'application/json'], ['x-answer-size', answerBytes]],
      JSON.stringify({ v: 'x'.repeat(Math.max(1, bodyBytes - 8)) }),
    ),
  );

/** Measures the bare server and the cloud one after the other, three times, and reports the median ratio. */
async function against({ serve, measure, report }, name, goal, cloud, { bodyBytes, answerBytes, ...options }) {
  const bare = await serve('bare');
  const ratios = [];
  let last;
  for (let round = 0; round < 3; round++) {
    const a = await measure(bare, { next: bareLoad(bodyBytes, answerBytes) });
    const b = await measure(cloud, options);
    if (b.failed > 0) throw new Error(`${b.failed} answers failed`);
    ratios.push({ ratio: b.perSecond / a.perSecond, cpu: b.cpuPerRequest / a.cpuPerRequest, b });
    last = b;
  }
  await bare.close();
  ratios.sort((x, y) => x.ratio - y.ratio);
  const { ratio, cpu } = ratios[1];
  report(
    name,
    `${ratio.toFixed(2)} × bare, ${Math.round(last.perSecond)}/s, ${last.cpuPerRequest.toFixed(0)} µs CPU (${cpu.toFixed(2)} ×)`,
    `≥ ${goal.toFixed(2)} ×`,
    ratio >= goal,
    { ratio, cpuRatio: cpu, perSecond: last.perSecond, cpuMicros: last.cpuPerRequest, p99: last.p99 },
  );
  return last;
}

const tableOf = (name) => ({
  TableName: name,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
});
const itemOf = (i) => ({
  pk: { S: `customer-${i % 997}` },
  sk: { N: String(i) },
  name: { S: `name ${i}` },
  total: { N: String(i * 3) },
});

async function fillTable(cloud, measure, name, count) {
  await call(cloud, dynamodb('CreateTable', tableOf(name)));
  await waitActive(cloud, name);
  let next = 0;
  await measure(cloud, {
    seconds: 600,
    next: () => {
      if (next >= count) return undefined;
      const PutRequests = Array.from({ length: 25 }, () => ({ PutRequest: { Item: itemOf(next++) } }));
      return dynamodb('BatchWriteItem', { RequestItems: { [name]: PutRequests } });
    },
  });
}

async function waitActive(cloud, name) {
  for (let tries = 0; tries < 600; tries++) {
    const { Table } = JSON.parse(await call(cloud, dynamodb('DescribeTable', { TableName: name })));
    if (Table.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`table ${name} did not become ACTIVE`);
}

const fillQueue = async (cloud, measure, url, count) => {
  let next = 0;
  await measure(cloud, {
    seconds: 600,
    next: () => {
      if (next >= count) return undefined;
      const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: String(i), MessageBody: `message ${next++}` }));
      return sqs('SendMessageBatch', { QueueUrl: url, Entries });
    },
  });
};

const receiveAndDelete = (url) => {
  const receive = sqs('ReceiveMessage', { QueueUrl: url, MaxNumberOfMessages: 1 });
  return (state) => {
    const message = state.body?.startsWith('{"Messages"') ? JSON.parse(state.body).Messages?.[0] : undefined;
    return message === undefined
      ? receive
      : sqs('DeleteMessage', { QueueUrl: url, ReceiptHandle: message.ReceiptHandle });
  };
};

const queueOf = async (cloud, name) => JSON.parse(await call(cloud, sqs('CreateQueue', { QueueName: name }))).QueueUrl;
const body1k = 'x'.repeat(1024);

/** Requests through an application load balancer, and through a bare reverse proxy in the same run. */
async function balancer({ serve, measure, report }) {
  const goal = 0.35;
  const proxy = await serve('proxy');
  const cloud = await serve('balancer');
  const next = always(request('GET', '/shop', [['accept', '*/*']], '', cloud.host));
  const ratios = [];
  for (let round = 0; round < 3; round++) {
    const a = await measure(proxy, { next });
    const b = await measure(cloud, { next });
    if (b.failed > 0) throw new Error(`${b.failed} answers failed`);
    ratios.push({ ratio: b.perSecond / a.perSecond, b });
  }
  await proxy.close();
  await cloud.close();
  const { ratio, b } = ratios.sort((x, y) => x.ratio - y.ratio)[1];
  report(
    'ALB: GET through a rule to a target',
    `${ratio.toFixed(2)} × proxy, ${Math.round(b.perSecond)}/s, ${b.cpuPerRequest.toFixed(0)} µs CPU`,
    `≥ ${goal.toFixed(2)} ×`,
    ratio >= goal,
    { ratio, perSecond: b.perSecond, cpuMicros: b.cpuPerRequest, p99: b.p99 },
  );
}

export const cases = {
  balancer,
  async sts(bench) {
    const cloud = await bench.serve('cloud');
    await against(bench, 'STS GetCallerIdentity', 0.6, cloud, {
      next: always(query('sts', 'Action=GetCallerIdentity&Version=2011-06-15')),
      bodyBytes: 43,
      answerBytes: 420,
    });
    await cloud.close();
  },

  async sqs(bench) {
    const { serve, measure, report } = bench;
    const cloud = await serve('cloud');
    const url = await queueOf(cloud, 'sent');
    await against(bench, 'SQS SendMessage', 0.4, cloud, {
      next: always(sqs('SendMessage', { QueueUrl: url, MessageBody: 'hello, box garden' })),
      bodyBytes: 110,
      answerBytes: 110,
    });
    const full = await queueOf(cloud, 'full');
    const empty = await queueOf(cloud, 'empty');
    await fillQueue(cloud, measure, full, 150_000);
    await against(bench, 'SQS Receive + Delete', 0.4, cloud, {
      next: receiveAndDelete(full),
      keepBody: true,
      bodyBytes: 150,
      answerBytes: 250,
    });
    await fillQueue(cloud, measure, empty, 40_000);
    const few = await serve('cloud');
    const fewUrl = await queueOf(few, 'few');
    const send = (to) => always(sqs('SendMessage', { QueueUrl: to, MessageBody: 'hello, box garden' }));
    const atFull = await measure(cloud, { next: send(full) });
    const atEmpty = await measure(few, { next: send(fewUrl) });
    const ratio = atFull.cpuPerRequest / atEmpty.cpuPerRequest;
    report('SQS SendMessage into 100,000 : into none, CPU', `${ratio.toFixed(2)} ×`, '≤ 1.30 ×', ratio <= 1.3, {
      ratio,
    });
    await few.close();
    await cloud.close();
  },

  async dynamodb(bench) {
    const { serve, measure, report } = bench;
    const cloud = await serve('cloud');
    await fillTable(cloud, measure, 'small', 1_000);
    let i = 0;
    const put = (table) => () => dynamodb('PutItem', { TableName: table, Item: itemOf(i++ % 1_000) });
    const get = (table) => () => {
      const { pk, sk } = itemOf(i++ % 1_000);
      return dynamodb('GetItem', { TableName: table, Key: { pk, sk } });
    };
    const update = (table) => () => {
      const { pk, sk } = itemOf(i++ % 1_000);
      return dynamodb('UpdateItem', {
        TableName: table,
        Key: { pk, sk },
        UpdateExpression: 'SET #t = #t + :one',
        ConditionExpression: 'attribute_exists(pk) AND #t >= :zero',
        ExpressionAttributeNames: { '#t': 'total' },
        ExpressionAttributeValues: { ':one': { N: '1' }, ':zero': { N: '0' } },
      });
    };
    await against(bench, 'DynamoDB PutItem', 0.4, cloud, { next: put('small'), bodyBytes: 150, answerBytes: 2 });
    await against(bench, 'DynamoDB GetItem', 0.4, cloud, { next: get('small'), bodyBytes: 90, answerBytes: 120 });
    await against(bench, 'DynamoDB UpdateItem with condition', 0.4, cloud, {
      next: update('small'),
      bodyBytes: 330,
      answerBytes: 2,
    });
    await call(cloud, dynamodb('CreateTable', tableOf('page')));
    await waitActive(cloud, 'page');
    for (let n = 0; n < 4; n++)
      await call(
        cloud,
        dynamodb('BatchWriteItem', {
          RequestItems: {
            page: Array.from({ length: 10 }, (_, k) => ({
              PutRequest: { Item: { ...itemOf(n * 10 + k), pk: { S: 'one' } } },
            })),
          },
        }),
      );
    await against(bench, 'DynamoDB Query of 20', 0.2, cloud, {
      next: always(
        dynamodb('Query', {
          TableName: 'page',
          Limit: 20,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: 'one' } },
        }),
      ),
      bodyBytes: 150,
      answerBytes: 1_700,
    });
    const smallGet = await measure(cloud, { next: get('small') });
    const smallPut = await measure(cloud, { next: put('small') });
    await cloud.close();
    const large = await serve('cloud');
    await call(large, dynamodb('CreateTable', tableOf('none')));
    const before = (await large.usage()).rss;
    await fillTable(large, measure, 'large', 1_000_000);
    const after = (await large.usage()).rss;
    const perItem = (after - before) / 1_000_000;
    report('DynamoDB memory of a small item', `${perItem.toFixed(0)} bytes RSS`, '≤ 1,200', perItem <= 1_200, {
      perItem,
    });
    const spread = (table, operation) => () => {
      const { pk, sk, ...others } = itemOf((i = (i * 7_919 + 13) % 1_000_000));
      return operation === 'GetItem'
        ? dynamodb('GetItem', { TableName: table, Key: { pk, sk } })
        : dynamodb('PutItem', { TableName: table, Item: { pk, sk, ...others } });
    };
    const largeGet = await measure(large, { next: spread('large', 'GetItem') });
    const largePut = await measure(large, { next: spread('large', 'PutItem') });
    await large.close();
    const getRatio = largeGet.cpuPerRequest / smallGet.cpuPerRequest;
    const putRatio = largePut.cpuPerRequest / smallPut.cpuPerRequest;
    report('DynamoDB GetItem at 1,000,000 : 1,000, CPU', `${getRatio.toFixed(2)} ×`, '≤ 1.50 ×', getRatio <= 1.5, {
      ratio: getRatio,
    });
    report('DynamoDB PutItem at 1,000,000 : 1,000, CPU', `${putRatio.toFixed(2)} ×`, '≤ 1.50 ×', putRatio <= 1.5, {
      ratio: putRatio,
    });
  },

  async s3(bench) {
    const { serve, measure, report } = bench;
    const cloud = await serve('cloud');
    const headers = [...signed('s3'), ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD']];
    await call(cloud, request('PUT', '/bench', headers));
    let i = 0;
    await against(bench, 'S3 PUT 1 KiB', 0.3, cloud, {
      next: () => request('PUT', `/bench/key-${i++ % 5_000}`, headers, body1k),
      bodyBytes: 1_024,
      answerBytes: 2,
    });
    await against(bench, 'S3 GET 1 KiB', 0.3, cloud, {
      next: () => request('GET', `/bench/key-${i++ % 1_000}`, headers),
      bodyBytes: 8,
      answerBytes: 1_024,
    });
    await call(cloud, request('PUT', '/many', headers));
    let n = 0;
    await measure(cloud, {
      seconds: 600,
      next: () =>
        n >= 100_000
          ? undefined
          : request('PUT', `/many/${String((n * 7_919) % 100_000).padStart(6, '0')}-${n++}`, headers, 'x'),
    });
    const page = await measure(cloud, {
      connections: 1,
      next: always(request('GET', '/many?list-type=2&max-keys=1000&start-after=050', headers)),
    });
    const cpuMs = page.cpuPerRequest / 1_000;
    report('S3 listing 1,000 of 100,000 keys', `${cpuMs.toFixed(1)} ms CPU`, '≤ 10 ms', cpuMs <= 10, { cpuMs });
    await cloud.close();
    await stream(bench, headers);
  },

  async durable({ serve, measure, report, temporary, remove }) {
    for (const [name, prepare] of Object.entries({
      'SQS SendMessage': async (cloud) => {
        const url = await queueOf(cloud, 'q');
        return always(sqs('SendMessage', { QueueUrl: url, MessageBody: 'hello, box garden' }));
      },
      'DynamoDB PutItem': async (cloud) => {
        await call(cloud, dynamodb('CreateTable', tableOf('kept')));
        await waitActive(cloud, 'kept');
        let i = 0;
        return () => dynamodb('PutItem', { TableName: 'kept', Item: itemOf(i++) });
      },
    })) {
      const folder = temporary();
      const memory = await serve('cloud');
      const kept = await serve('cloud', { dataFolder: folder });
      const inMemory = await measure(memory, { connections: 64, next: await prepare(memory) });
      const durable = await measure(kept, { connections: 64, next: await prepare(kept) });
      await memory.close();
      await kept.close();
      remove(folder);
      const ratio = durable.perSecond / inMemory.perSecond;
      report(
        `${name} with --data, 64 at once`,
        `${ratio.toFixed(2)} × in memory, ${Math.round(durable.perSecond)}/s`,
        '≥ 0.50 ×',
        ratio >= 0.5,
        { ratio },
      );
    }
  },

  async metrics({ report, spawnSync }) {
    const probe = new URL('metrics.mjs', import.meta.url).pathname;
    const { status, stdout, stderr } = spawnSync(process.execPath, [probe], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr || stdout);
    const { points, putMs, getMs, quietWeekMs, busyWeekMs } = JSON.parse(stdout);
    const micros = (putMs / points) * 1000;
    report('PutMetricData', `${micros.toFixed(1)} µs a data point`, '≤ 15 µs', micros <= 15, { micros });
    report('GetMetricData, 15 days of three metrics', `${getMs.toFixed(0)} ms`, '≤ 400 ms', getMs <= 400, { getMs });
    const weeks = `${quietWeekMs.toFixed(0)} ms quiet, ${busyWeekMs.toFixed(0)} ms drawn`;
    report('a week of 40 alarms', weeks, '≤ 50 ms, ≤ 3,000 ms', quietWeekMs <= 50 && busyWeekMs <= 3_000, {
      quietWeekMs,
      busyWeekMs,
    });
  },

  async start({ report, spawnSync }) {
    const median = (run) => Array.from({ length: 7 }, run).sort((a, b) => a - b)[3];
    const timed = (args) => {
      const from = performance.now();
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr || stdout);
      return { ms: performance.now() - from, stdout };
    };
    const nothing = median(() => timed(['-e', '0']).ms);
    const probe = new URL('first-call.mjs', import.meta.url).pathname;
    const first = median(() => Number(timed([probe]).stdout));
    const ratio = first / nothing;
    report(
      'first successful call after spawn',
      `${first.toFixed(0)} ms = ${ratio.toFixed(2)} × node -e 0 (${nothing.toFixed(0)} ms)`,
      '≤ 3.00 ×',
      ratio <= 3,
      { first, nothing },
    );
    const idle = Number(timed([probe, 'rss']).stdout);
    report('idle memory', `${idle.toFixed(0)} MB RSS`, '≤ 90 MB', idle <= 90, { idle });
    const inside = JSON.parse(timed([new URL('in-process.mjs', import.meta.url).pathname]).stdout);
    report('in-process client call', `${inside.callMs.toFixed(2)} ms`, '≤ 0.50 ms', inside.callMs <= 0.5, inside);
    report('cloud start after import', `${inside.startMs.toFixed(1)} ms`, '≤ 20 ms', inside.startMs <= 20);
    report('reset', `${inside.resetMs.toFixed(2)} ms`, '≤ 1 ms', inside.resetMs <= 1);
  },

  async ec2({ serve, measure, report }) {
    const cloud = await serve('cloud');
    const ask = (operation, parameters) =>
      query('ec2', new URLSearchParams({ Action: operation, Version: '2016-11-15', ...parameters }).toString());
    const images = await call(
      cloud,
      ask('DescribeImages', { 'Owner.1': 'amazon', 'Filter.1.Name': 'architecture', 'Filter.1.Value.1': 'x86_64' }),
    );
    const ImageId = /<imageId>(ami-[0-9a-f]+)</.exec(images)[1];
    const launched = 10_000;
    const perCall = 100;
    let started = 0;
    const launch = (count) => {
      const end = started + count;
      return measure(cloud, {
        connections: 1,
        seconds: 600,
        next: () => {
          if (started >= end) return undefined;
          const team = `team-${(started / perCall) % 10}`;
          started += perCall;
          return ask('RunInstances', {
            ImageId,
            InstanceType: 't3.micro',
            MinCount: perCall,
            MaxCount: perCall,
            'TagSpecification.1.ResourceType': 'instance',
            'TagSpecification.1.Tag.1.Key': 'team',
            'TagSpecification.1.Tag.1.Value': team,
          });
        },
      });
    };
    const first = await launch(1_000);
    if (first.failed > 0) throw new Error(`${first.failed} launches failed`);
    const launchMs = (first.cpuPerRequest * first.count) / 1_000;
    report('RunInstances × 1,000', `${launchMs.toFixed(0)} ms CPU`, '≤ 1,000 ms', launchMs <= 1_000, { launchMs });
    await launch(launched - 1_000);
    const filtered = ask('DescribeInstances', {
      MaxResults: 1_000,
      'Filter.1.Name': 'instance-state-name',
      'Filter.1.Value.1': 'running',
      'Filter.1.Value.2': 'pending',
      'Filter.2.Name': 'tag:team',
      'Filter.2.Value.1': 'team-3',
    });
    await measure(cloud, { connections: 1, next: always(filtered) });
    const page = await measure(cloud, { connections: 1, next: always(filtered) });
    const pageMs = page.cpuPerRequest / 1_000;
    const name = `DescribeInstances, 1,000 of ${launched} by filter`;
    report(name, `${pageMs.toFixed(1)} ms CPU`, '≤ 30 ms', pageMs <= 30, { pageMs });
    await cloud.close();
  },

  /** A week of twenty instances, and a day of a load wave. */
  async groups({ report, spawnSync }) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [new URL('group.mjs', import.meta.url).pathname], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    const { weekMs, dayMs } = JSON.parse(stdout);
    report('week of a group of 20', `${Math.round(weekMs)} ms CPU`, '≤ 5,000 ms', weekMs <= 5_000, { weekMs });
    report('day of a load wave with a policy', `${Math.round(dayMs)} ms CPU`, '≤ 2,000 ms', dayMs <= 2_000, { dayMs });
  },

  async trace({ report, spawnSync, temporary, remove }) {
    const folder = temporary();
    const { build } = await import('esbuild');
    const outfile = `${folder}/trace.mjs`;
    const entry = new URL('trace.ts', import.meta.url).pathname;
    await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' });
    const { status, stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
    remove(folder);
    if (status !== 0) throw new Error(stderr);
    const { single, hundred, perChangeMs } = JSON.parse(stdout);
    report('trace, 2,000 interfaces', `${Math.round(single)} flows/s`, '≥ 20,000 flows/s', single >= 20_000, {
      single,
    });
    const flat = hundred / single;
    report('trace, 100 such VPCs', `${flat.toFixed(2)} × one`, '≥ 0.67 × one', flat >= 0.67, { hundred });
    report('trace after a change', `${perChangeMs.toFixed(1)} ms`, '≤ 5 ms', perChangeMs <= 5, { perChangeMs });
  },
};

/** 100 MiB up and down, against a bare server that hashes and writes the same. */
async function stream({ serve, measure, report }, headers) {
  const big = Buffer.alloc(100 * 1024 * 1024, 'hakoniwa');
  const put = (target, extra) => {
    let sent = false;
    return () => {
      if (sent) return undefined;
      sent = true;
      return request('PUT', target, extra, big);
    };
  };
  const bare = await serve('bare');
  const cloud = await serve('cloud');
  await call(cloud, request('PUT', '/big', headers));
  await call(cloud, request('PUT', '/big/warm', headers, body1k));
  const speeds = [];
  const growth = [];
  for (let round = 0; round < 3; round++) {
    const a = await measure(bare, { connections: 1, seconds: 60, next: put('/x', []) });
    const before = (await cloud.usage()).rss;
    const peak = watch(cloud);
    const b = await measure(cloud, { connections: 1, seconds: 60, next: put(`/big/${round}`, headers) });
    growth.push(((await peak()) - before) / 1024 / 1024);
    speeds.push(b.perSecond / a.perSecond);
  }
  await bare.close();
  await cloud.close();
  const speed = speeds.sort((x, y) => x - y)[1];
  const extra = growth.sort((x, y) => x - y)[1];
  report('S3 PUT of 100 MiB', `${speed.toFixed(2)} × bare`, '≥ 0.50 ×', speed >= 0.5, { speed });
  report('S3 PUT of 100 MiB, extra memory', `${extra.toFixed(0)} MB RSS`, '< 32 MB', extra < 32, { extra });
}

/** Looks at a server's memory every 20 ms; the answer ends it with the highest figure. */
function watch(server) {
  let peak = 0;
  let on = true;
  const watching = (async () => {
    while (on) {
      peak = Math.max(peak, server.rss());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return async () => {
    on = false;
    await watching;
    return peak;
  };
}
