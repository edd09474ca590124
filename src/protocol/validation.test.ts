import { expect, test } from 'vitest';
import { constraintsOf } from './constraint.ts';
import { errorsOfOperation, pagingOf } from './constraint-table.ts';
import { validatorOf } from './validation.ts';

const refusal = (service: string, operation: string, input: unknown) => {
  const error = validatorOf(service, operation)?.(input);
  return error && [error.code, error.message];
};

// Messages below are recorded answers of AWS, or reported by users, except where a comment says otherwise.

test('a number out of range', () => {
  expect(refusal('sfn', 'ListStateMachineVersions', { stateMachineArn: 'arn:a', maxResults: 1001 })).toEqual([
    'ValidationException',
    "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
  ]);
  expect(refusal('sfn', 'ListStateMachineVersions', { stateMachineArn: 'arn:a', maxResults: 1000 })).toBeUndefined();
});

test('several members break, in the order of the model, the pattern before the length', () => {
  const name = 'This should fail with two errors 123467890123412341234123412341234';
  const input = { Name: name, AuthorizationType: 'INVALID', AuthParameters: {} };
  expect(refusal('eventbridge', 'CreateConnection', input)).toEqual([
    'ValidationException',
    `3 validation errors detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value '${name}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64; Value 'INVALID' at 'authorizationType' failed to satisfy constraint: Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]`,
  ]);
});

test('a member of an item of a list is named by its place, from 1', () => {
  const input = { Rule: 'r', Targets: [{ Id: '!@#$@!#$', Arn: 'arn:a' }] };
  expect(refusal('eventbridge', 'PutTargets', input)).toEqual([
    'ValidationException',
    "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
  ]);
});

test('a member of an entry of a map is named by its key; what is missing is null', () => {
  const messageAttributes = { attr1: { StringValue: 'x' } };
  expect(refusal('sns', 'Publish', { Message: 'm', MessageAttributes: messageAttributes })).toEqual([
    'ValidationError',
    "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
  ]);
  const entries = [{ Id: '1', Message: 'm', MessageAttributes: messageAttributes }];
  expect(refusal('sns', 'PublishBatch', { TopicArn: 'arn:t', PublishBatchRequestEntries: entries })).toEqual([
    'ValidationError',
    "1 validation error detected: Value null at 'publishBatchRequestEntries.1.member.messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
  ]);
  expect(refusal('sns', 'SetPlatformApplicationAttributes', { PlatformApplicationArn: 'arn:a' })).toEqual([
    'ValidationError',
    "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be null",
  ]);
});

test('CloudWatch Logs says InvalidParameterException, and quotes a list that is too long whole', () => {
  const metric = (n: number) => ({ metricName: `metric${n}`, metricNamespace: `namespace${n}`, metricValue: '1' });
  const input = {
    logGroupName: 'g',
    filterName: 'f',
    filterPattern: '',
    metricTransformations: [metric(1), metric(2)],
  };
  const error = refusal('cloudwatch-logs', 'PutMetricFilter', input);
  expect(error?.[0]).toBe('InvalidParameterException');
  // Recorded with `unit` before `dimensions`; members stand here in the order of the model.
  expect(error?.[1]).toBe(
    "1 validation error detected: Value '[MetricTransformation(metricName=metric1, metricNamespace=namespace1, metricValue=1, defaultValue=null, dimensions=null, unit=null), MetricTransformation(metricName=metric2, metricNamespace=namespace2, metricValue=1, defaultValue=null, dimensions=null, unit=null)]' at 'metricTransformations' failed to satisfy constraint: Member must have length less than or equal to 1",
  );
});

test('IAM keeps values and enumerations to itself', () => {
  const input = { ServiceSpecificCredentialId: 'totally-wrong-credential-id', UserName: 'u' };
  expect(refusal('iam', 'ResetServiceSpecificCredential', input)).toEqual([
    'ValidationError',
    "1 validation error detected: Value at 'serviceSpecificCredentialId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]+",
  ]);
  const status = { ServiceSpecificCredentialId: 'ACCA12345678901234567', Status: 'Invalid' };
  expect(refusal('iam', 'UpdateServiceSpecificCredential', status)).toEqual([
    'ValidationError',
    "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set",
  ]);
});

test('STS, CloudFormation and Route 53 have their codes', () => {
  expect(refusal('sts', 'AssumeRole', { RoleArn: `arn:aws:iam::1:role/r`, RoleSessionName: 'Session1:2' })).toEqual([
    'ValidationError',
    "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
  ]);
  // Users saw this of Route 53 with other members; the model says which are 32 long.
  expect(refusal('route-53', 'GetHostedZone', { Id: 'Z'.repeat(33) })).toEqual([
    'InvalidInput',
    `1 validation error detected: Value '${'Z'.repeat(33)}' at 'id' failed to satisfy constraint: Member must have length less than or equal to 32`,
  ]);
  expect(refusal('cloudformation', 'CreateStack', { StackName: '*@da591fa3_$' })?.[0]).toBe('ValidationError');
});

test('simple items of a list break together, and so do values of a map; sensitive values are left out', () => {
  const layers = refusal('lambda', 'UpdateFunctionConfiguration', { FunctionName: 'f', Layers: [''] })?.[1];
  expect(layers).toMatch(
    /^1 validation error detected: Value '\[\]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: \[Member must have length less than or equal to \d+, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: .*, Member must not be null\]$/,
  );
  const configuration = { A: 'x'.repeat(50_001) };
  const actions = [
    { name: 'a', actionTypeId: { category: 'Build', owner: 'AWS', provider: 'p', version: '1' }, configuration },
  ];
  const pipeline = { name: 'p', roleArn: 'arn:aws:iam::123456789012:role/r', stages: [{ name: 's', actions }] };
  const message = refusal('codepipeline', 'CreatePipeline', { pipeline })?.[1] ?? '';
  expect(message.slice(message.indexOf("' at '"))).toBe(
    "' at 'pipeline.stages.1.member.actions.1.member.configuration' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 1000, Member must have length greater than or equal to 1]",
  );
});

test('a sensitive value is left out', () => {
  const violations = constraintsOf(
    'ssm',
    'PutParameter',
  )?.({ Name: 'n', Value: 'v', AllowedPattern: 'x'.repeat(1_025) });
  expect(violations?.map(({ value }) => value)).toEqual(['x'.repeat(1_025)]);
  const short = { UserName: 'u', Password: '' };
  expect(constraintsOf('iam', 'CreateLoginProfile')?.(short).map(({ path, value }) => [path, value])).toContainEqual([
    'password',
    undefined,
  ]);
});

test('names that begin with several capitals lose only the first', () => {
  expect(refusal('lambda', 'UpdateFunctionConfiguration', { FunctionName: 'f', KMSKeyArn: '"arn:a"' })?.[1]).toContain(
    `Value '"arn:a"' at 'kMSKeyArn' failed`,
  );
});

test('bytes are measured, and written as Java writes a buffer', () => {
  const input = { StreamName: 's', PartitionKey: 'p', Data: new Uint8Array(10_485_761) };
  expect(refusal('kinesis', 'PutRecord', input)?.[1]).toBe(
    "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=10485761 cap=10485761]' at 'data' failed to satisfy constraint: Member must have length less than or equal to 10485760",
  );
});

test('lengths count code points', () => {
  const key = (text: string) => ({ SecretId: 's', Tags: [{ Key: text, Value: 'v' }] });
  expect(refusal('secrets-manager', 'TagResource', key('😀'.repeat(128)))).toBeUndefined();
  expect(refusal('secrets-manager', 'TagResource', key('😀'.repeat(129)))?.[1]).toContain("at 'tags.1.member.key'");
});

test('services with their own words are left alone, but for what is documented', () => {
  expect(refusal('s3', 'PutObject', {})).toBeUndefined();
  expect(constraintsOf('s3', 'PutObject')?.({})).toHaveLength(2);
  expect(refusal('sqs', 'CreateQueue', {})).toEqual([
    'MissingParameter',
    'The request must contain the parameter QueueName.',
  ]);
  expect(refusal('ec2', 'CreateKeyPair', {})).toEqual([
    'MissingParameter',
    'The request must contain the parameter keyName',
  ]);
});

test('recursive shapes are followed as far as the value goes', () => {
  const deep = (depth: number): object => (depth === 0 ? { L: [{ M: {} }] } : { L: [deep(depth - 1)] });
  expect(refusal('dynamodb', 'PutItem', { TableName: 'table', Item: { a: deep(200) } })).toBeUndefined();
  const filter = (depth: number): object =>
    depth === 0 ? { Dimensions: { Key: 'NOPE', Values: ['v'] } } : { And: [filter(depth - 1)] };
  const input = { TimePeriod: { Start: '2026-01-01', End: '2026-01-02' }, Granularity: 'DAILY', Metrics: ['A'] };
  expect(refusal('cost-explorer', 'GetCostAndUsage', { ...input, Filter: filter(2) })?.[1]).toContain(
    "Value 'NOPE' at 'filter.and.1.member.and.1.member.dimensions.key' failed",
  );
});

test('hostile input is no trouble', () => {
  const check = (input: unknown) => validatorOf('eventbridge', 'PutTargets')?.(input);
  for (const input of [null, undefined, 1, 'x', [], { Rule: {}, Targets: 'x' }, { Rule: 'r', Targets: [null, 1, []] }])
    expect(() => check(input)).not.toThrow();
  expect(validatorOf('no-such', 'X')).toBeUndefined();
  expect(validatorOf('../kernel/region-table', 'X')).toBeUndefined();
  expect(validatorOf('sqs', 'constructor')).toBeUndefined();
});

test('errors and paging of an operation are known', () => {
  expect(errorsOfOperation('sqs', 'DeleteQueue')).toContain('QueueDoesNotExist');
  expect(pagingOf('sqs', 'ListQueues')).toEqual({
    inputTokens: ['NextToken'],
    outputTokens: ['NextToken'],
    limit: 'MaxResults',
    results: ['QueueUrls'],
  });
  expect(pagingOf('route-53', 'ListResourceRecordSets')?.inputTokens.length).toBe(3);
  expect(pagingOf('sqs', 'DeleteQueue')).toBeUndefined();
});
