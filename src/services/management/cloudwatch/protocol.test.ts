// Current clients speak CBOR, as all other tests here do; older ones speak the query protocol, and some JSON.
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeCbor } from '../../../protocol/cbor.ts';
import { bodyOf } from '../../../kernel/http.ts';
import { type Fixture, loadAlarm, minute, putValue, startFixture } from './fixture.ts';

const authorization =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0';

async function post({ cloud }: Fixture, body: Uint8Array | string, headers: Record<string, string>) {
  const answer = await cloud.inside.handle({
    method: 'POST',
    target: '/',
    headers: { host: 'localhost:4566', authorization, ...headers },
    body: bodyOf(Buffer.from(body)),
    sourceIp: '127.0.0.1',
    secure: false,
  });
  return { status: answer.status, headers: answer.headers, text: String(answer.body) };
}

const query = (fixture: Fixture, form: Record<string, string>) =>
  post(fixture, new URLSearchParams({ Version: '2010-08-01', ...form }).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
  });

const json = (fixture: Fixture, operation: string, input: object) =>
  post(fixture, JSON.stringify(input), {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `GraniteServiceVersion20100801.${operation}`,
  });

test('query protocol: data goes in as a form and comes out as XML', async () => {
  await using fixture = await startFixture();
  const put = await query(fixture, {
    Action: 'PutMetricData',
    Namespace: 'App',
    'MetricData.member.1.MetricName': 'Load',
    'MetricData.member.1.Value': '3.5',
    'MetricData.member.1.Unit': 'Count',
    'MetricData.member.1.Dimensions.member.1.Name': 'Host',
    'MetricData.member.1.Dimensions.member.1.Value': 'a',
  });
  expect(put.status).toBe(200);
  const { text } = await query(fixture, {
    Action: 'GetMetricStatistics',
    Namespace: 'App',
    MetricName: 'Load',
    'Dimensions.member.1.Name': 'Host',
    'Dimensions.member.1.Value': 'a',
    StartTime: minute(0).toISOString(),
    EndTime: minute(1).toISOString(),
    Period: '60',
    'Statistics.member.1': 'Sum',
  });
  expect(text).toContain(
    '<Datapoints><member><Timestamp>2026-01-01T00:00:00Z</Timestamp><Sum>3.5</Sum><Unit>Count</Unit></member></Datapoints>',
  );
});

test('query protocol: errors have the codes of the older API', async () => {
  await using fixture = await startFixture();
  const codeOf = async (form: Record<string, string>) => {
    const { status, text } = await query(fixture, form);
    return [status, /<Code>(.*)<\/Code>/.exec(text)?.[1], /<Message>(.*)<\/Message>/.exec(text)?.[1]];
  };
  expect(await codeOf({ Action: 'PutMetricData', Namespace: 'App', 'MetricData.member.1.Value': '1' })).toEqual([
    400,
    'MissingParameter',
    'The parameter MetricData.member.1.MetricName is required.',
  ]);
  const alarm = {
    Action: 'PutMetricAlarm',
    AlarmName: 'x',
    EvaluationPeriods: '1',
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: '1',
  };
  expect(await codeOf(alarm)).toEqual([400, 'ValidationError', 'MetricName must not be null']);
  expect(await codeOf({ Action: 'GetDashboard', DashboardName: 'x' })).toEqual([
    404,
    'ResourceNotFound',
    'Dashboard x does not exist',
  ]);
  expect(await codeOf({ Action: 'DescribeAlarms', NextToken: '%' })).toEqual([
    400,
    'InvalidNextToken',
    'The token parameter is invalid',
  ]);
});

test('JSON protocol: answers numbers as they are, and names errors both ways', async () => {
  await using fixture = await startFixture();
  await putValue(fixture.cloudwatch, 'Load', 2);
  const { text } = await json(fixture, 'GetMetricData', {
    StartTime: minute(0).getTime() / 1000,
    EndTime: minute(1).getTime() / 1000,
    MetricDataQueries: [
      { Id: 'a', MetricStat: { Metric: { Namespace: 'App', MetricName: 'Load' }, Period: 60, Stat: 'Sum' } },
    ],
  });
  expect(JSON.parse(text)).toMatchObject({
    MetricDataResults: [{ Id: 'a', Label: 'Load', Timestamps: [1_767_225_600], Values: [2], StatusCode: 'Complete' }],
  });
  const refused = await json(fixture, 'PutMetricData', { Namespace: 'App' });
  expect([refused.status, refused.headers['x-amzn-query-error']]).toEqual([400, 'MissingParameter;Sender']);
});

test('PutMetricData: takes a body that the client has compressed', async () => {
  await using fixture = await startFixture();
  const form = new URLSearchParams({
    Version: '2010-08-01',
    Action: 'PutMetricData',
    Namespace: 'App',
    'MetricData.member.1.MetricName': 'Zipped',
    'MetricData.member.1.Value': '1',
  });
  const { status } = await post(fixture, gzipSync(form.toString()), {
    'content-type': 'application/x-www-form-urlencoded',
    'content-encoding': 'gzip',
  });
  expect(status).toBe(200);
  const { Metrics } = await fixture.cloudwatch.listMetrics({ Namespace: 'App' });
  expect(Metrics?.map(({ MetricName }) => MetricName)).toEqual(['Zipped']);
});

test('CBOR protocol: doubles go out as floats, also whole ones; whole numbers as integers; times under tag 1', async () => {
  await using fixture = await startFixture();
  await fixture.cloudwatch.putMetricAlarm(loadAlarm());
  await putValue(fixture.cloudwatch, 'Load', 2);
  const bytesOf = async (operation: string, body: Uint8Array): Promise<Buffer> => {
    const answer = await fixture.cloud.inside.handle({
      method: 'POST',
      target: `/service/GraniteServiceVersion20100801/operation/${operation}`,
      headers: {
        host: 'localhost:4566',
        authorization,
        'smithy-protocol': 'rpc-v2-cbor',
        'content-type': 'application/cbor',
      },
      body: bodyOf(body),
      sourceIp: '127.0.0.1',
      secure: false,
    });
    return Buffer.from(answer.body as Uint8Array);
  };
  const member = (name: string) => Buffer.concat([Buffer.from([0x60 + name.length]), Buffer.from(name)]);
  /** The first byte of a member's value. */
  const headOf = (bytes: Buffer, name: string) => bytes[bytes.indexOf(member(name)) + name.length + 1]?.toString(16);
  const alarms = await bytesOf('DescribeAlarms', Buffer.from('a0', 'hex'));
  expect(decodeCbor(alarms)).toBeInstanceOf(Map);
  expect(headOf(alarms, 'Threshold')).toBe('fb');
  expect(headOf(alarms, 'EvaluationPeriods')).toBe('1');
  const text = (value: string) => Buffer.concat([Buffer.from([0x78, value.length]), Buffer.from(value)]);
  const time = (at: Date) => Buffer.concat([Buffer.from([0xc1, 0x1a]), uint32(at.getTime() / 1000)]);
  const uint32 = (value: number) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(value);
    return four;
  };
  const statistics = await bytesOf(
    'GetMetricStatistics',
    Buffer.concat([
      Buffer.from([0xa6]),
      ...[
        member('Namespace'),
        text('App'),
        member('MetricName'),
        text('Load'),
        member('Period'),
        Buffer.from([0x18, 60]),
      ],
      ...[member('StartTime'), time(minute(0)), member('EndTime'), time(minute(1))],
      ...[member('Statistics'), Buffer.from([0x81]), text('Sum')],
    ]),
  );
  expect([headOf(statistics, 'Sum'), headOf(statistics, 'Timestamp')]).toEqual(['fb', 'c1']);
});
