import { describe, expect, test } from 'vitest';
import { permissionsOf } from './permission-table.ts';

const place = { account: '123456789012', region: 'eu-west-1', partition: 'aws' };
const ask = (service: string, operation: string, input: object) =>
  permissionsOf({ service, operation, input, ...place }).map(({ action, resource }) => `${action} ${resource}`);

const queueUrl = 'http://sqs.eu-west-1.localhost:4566/000000000001/jobs.fifo';
const here = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:123456789012:${rest}`;

// Actions and resources as the service authorization reference and each service's guide have them.
test.each<[service: string, operation: string, input: object, expected: string[]]>([
  [
    'sqs',
    'SendMessage',
    { QueueUrl: queueUrl, MessageBody: 'm' },
    ['sqs:SendMessage arn:aws:sqs:eu-west-1:000000000001:jobs.fifo'],
  ],
  [
    'sqs',
    'DeleteMessageBatch',
    { QueueUrl: queueUrl, Entries: [] },
    ['sqs:DeleteMessage arn:aws:sqs:eu-west-1:000000000001:jobs.fifo'],
  ],
  ['sqs', 'CreateQueue', { QueueName: 'jobs' }, [`sqs:CreateQueue ${here('sqs', 'jobs')}`]],
  ['sqs', 'ListQueues', {}, ['sqs:ListQueues *']],
  ['sns', 'Publish', { TopicArn: here('sns', 't'), Message: 'm' }, [`sns:Publish ${here('sns', 't')}`]],
  ['sns', 'PublishBatch', { TopicArn: here('sns', 't') }, [`sns:Publish ${here('sns', 't')}`]],
  ['sns', 'CreateTopic', { Name: 't' }, [`sns:CreateTopic ${here('sns', 't')}`]],
  ['dynamodb', 'GetItem', { TableName: 't', Key: {} }, [`dynamodb:GetItem ${here('dynamodb', 'table/t')}`]],
  [
    'dynamodb',
    'GetItem',
    { TableName: here('dynamodb', 'table/t') },
    [`dynamodb:GetItem ${here('dynamodb', 'table/t')}`],
  ],
  ['dynamodb', 'Query', { TableName: 't', IndexName: 'i' }, [`dynamodb:Query ${here('dynamodb', 'table/t/index/i')}`]],
  [
    'dynamodb',
    'TagResource',
    { ResourceArn: here('dynamodb', 'table/t') },
    [`dynamodb:TagResource ${here('dynamodb', 'table/t')}`],
  ],
  ['dynamodb', 'ListTables', {}, ['dynamodb:ListTables *']],
  ['lambda', 'Invoke', { FunctionName: 'f' }, [`lambda:InvokeFunction ${here('lambda', 'function:f')}`]],
  [
    'lambda',
    'Invoke',
    { FunctionName: here('lambda', 'function:f') },
    [`lambda:InvokeFunction ${here('lambda', 'function:f')}`],
  ],
  [
    'lambda',
    'CreateFunction',
    { FunctionName: 'f', Role: 'arn:aws:iam::123456789012:role/r' },
    [`lambda:CreateFunction ${here('lambda', 'function:f')}`],
  ],
  ['iam', 'GetRole', { RoleName: 'r' }, ['iam:GetRole arn:aws:iam::123456789012:role/r']],
  ['iam', 'CreateUser', { UserName: 'u' }, ['iam:CreateUser arn:aws:iam::123456789012:user/u']],
  [
    'iam',
    'GetPolicy',
    { PolicyArn: 'arn:aws:iam::123456789012:policy/p' },
    ['iam:GetPolicy arn:aws:iam::123456789012:policy/p'],
  ],
  ['iam', 'ListUsers', {}, ['iam:ListUsers *']],
  [
    'sts',
    'AssumeRole',
    { RoleArn: 'arn:aws:iam::210987654321:role/r', RoleSessionName: 's' },
    ['sts:AssumeRole arn:aws:iam::210987654321:role/r'],
  ],
  ['sts', 'GetCallerIdentity', {}, ['sts:GetCallerIdentity *']],
  [
    'kms',
    'Encrypt',
    { KeyId: here('kms', 'key/k'), Plaintext: new Uint8Array(1) },
    [`kms:Encrypt ${here('kms', 'key/k')}`],
  ],
  ['kms', 'Encrypt', { KeyId: 'k' }, [`kms:Encrypt ${here('kms', 'key/k')}`]],
  [
    'kms',
    'ReEncrypt',
    { DestinationKeyId: here('kms', 'key/k') },
    [`kms:ReEncryptFrom ${here('kms', 'key/k')}`, `kms:ReEncryptTo ${here('kms', 'key/k')}`],
  ],
  [
    'sfn',
    'StartExecution',
    { stateMachineArn: here('states', 'stateMachine:m') },
    [`states:StartExecution ${here('states', 'stateMachine:m')}`],
  ],
  ['eventbridge', 'PutRule', { Name: 'r' }, [`events:PutRule ${here('events', 'rule/r')}`]],
  ['eventbridge', 'PutRule', { Name: 'r', EventBusName: 'default' }, [`events:PutRule ${here('events', 'rule/r')}`]],
  ['eventbridge', 'PutRule', { Name: 'r', EventBusName: 'b' }, [`events:PutRule ${here('events', 'rule/b/r')}`]],
  [
    'scheduler',
    'CreateSchedule',
    { Name: 's' },
    [`scheduler:CreateSchedule ${here('scheduler', 'schedule/default/s')}`],
  ],
  ['cloudwatch', 'PutMetricAlarm', { AlarmName: 'a' }, [`cloudwatch:PutMetricAlarm ${here('cloudwatch', 'alarm:a')}`]],
  ['cloudwatch', 'PutMetricData', { Namespace: 'n' }, ['cloudwatch:PutMetricData *']],
  [
    'cloudwatch-logs',
    'CreateLogGroup',
    { logGroupName: '/g' },
    [`logs:CreateLogGroup ${here('logs', 'log-group:/g')}`],
  ],
  [
    'kinesis',
    'PutRecord',
    { StreamName: 's', PartitionKey: 'p' },
    [`kinesis:PutRecord ${here('kinesis', 'stream/s')}`],
  ],
  ['ssm', 'GetParameter', { Name: '/a/b' }, [`ssm:GetParameter ${here('ssm', 'parameter/a/b')}`]],
  [
    'secrets-manager',
    'GetSecretValue',
    { SecretId: here('secretsmanager', 'secret:s-abcdef') },
    [`secretsmanager:GetSecretValue ${here('secretsmanager', 'secret:s-abcdef')}`],
  ],
  ['ecr', 'PutImage', { repositoryName: 'team/app' }, [`ecr:PutImage ${here('ecr', 'repository/team/app')}`]],
  ['rds', 'DeleteDBInstance', { DBInstanceIdentifier: 'd' }, [`rds:DeleteDBInstance ${here('rds', 'db:d')}`]],
  ['docdb', 'StopDBCluster', { DBClusterIdentifier: 'c' }, [`rds:StopDBCluster ${here('rds', 'cluster:c')}`]],
  [
    'route-53',
    'ChangeResourceRecordSets',
    { HostedZoneId: 'Z1' },
    ['route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/Z1'],
  ],
  ['route-53', 'GetHostedZone', { Id: 'Z1' }, ['route53:GetHostedZone arn:aws:route53:::hostedzone/Z1']],
  [
    'cloudformation',
    'DeleteStack',
    { StackName: 's' },
    [`cloudformation:DeleteStack ${here('cloudformation', 'stack/s/*')}`],
  ],
  [
    'auto-scaling',
    'AttachInstances',
    { AutoScalingGroupName: 'g', InstanceIds: ['i-1'] },
    [`autoscaling:AttachInstances ${here('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/g')}`],
  ],
  ['ecs', 'DeleteCluster', { cluster: 'c' }, [`ecs:DeleteCluster ${here('ecs', 'cluster/c')}`]],
  [
    'efs',
    'DeleteFileSystem',
    { FileSystemId: 'fs-1' },
    [`elasticfilesystem:DeleteFileSystem ${here('elasticfilesystem', 'file-system/fs-1')}`],
  ],
  [
    'elastic-load-balancing-v2',
    'DeleteListener',
    { ListenerArn: here('elasticloadbalancing', 'listener/app/l/1/2') },
    [`elasticloadbalancing:DeleteListener ${here('elasticloadbalancing', 'listener/app/l/1/2')}`],
  ],
  [
    'ec2',
    'TerminateInstances',
    { InstanceIds: ['i-1', 'i-2'] },
    [`ec2:TerminateInstances ${here('ec2', 'instance/i-1')}`, `ec2:TerminateInstances ${here('ec2', 'instance/i-2')}`],
  ],
  [
    'ec2',
    'CreateSubnet',
    { VpcId: 'vpc-1', CidrBlock: '10.0.0.0/24' },
    [`ec2:CreateSubnet ${here('ec2', 'subnet/*')}`, `ec2:CreateSubnet ${here('ec2', 'vpc/vpc-1')}`],
  ],
  [
    'ec2',
    'AuthorizeSecurityGroupIngress',
    { GroupId: 'sg-1' },
    [`ec2:AuthorizeSecurityGroupIngress ${here('ec2', 'security-group/sg-1')}`],
  ],
  ['ec2', 'DescribeInstances', {}, ['ec2:DescribeInstances *']],
  ['resource-groups-tagging-api', 'GetResources', {}, ['tag:GetResources *']],
  ['keyspaces', 'DeleteKeyspace', { keyspaceName: 'k' }, [`cassandra:Drop ${here('cassandra', '/keyspace/k/')}`]],
])('%s %s %j', (service, operation, input, expected) => {
  expect(ask(service, operation, input).sort()).toEqual(expected.sort());
});

describe('S3', () => {
  const object = { Bucket: 'b', Key: 'a/k' };
  test.each<[operation: string, input: object, expected: string[]]>([
    ['GetObject', object, ['s3:GetObject arn:aws:s3:::b/a/k']],
    ['GetObject', { ...object, VersionId: 'v' }, ['s3:GetObjectVersion arn:aws:s3:::b/a/k']],
    ['HeadObject', object, ['s3:GetObject arn:aws:s3:::b/a/k']],
    ['PutObject', object, ['s3:PutObject arn:aws:s3:::b/a/k']],
    [
      'PutObject',
      { ...object, Tagging: 'a=b', ACL: 'private', GrantRead: 'x' },
      ['s3:PutObject', 's3:PutObjectAcl', 's3:PutObjectTagging'].map((action) => `${action} arn:aws:s3:::b/a/k`),
    ],
    ['UploadPart', object, ['s3:PutObject arn:aws:s3:::b/a/k']],
    ['CompleteMultipartUpload', object, ['s3:PutObject arn:aws:s3:::b/a/k']],
    ['ListParts', object, ['s3:ListMultipartUploadParts arn:aws:s3:::b/a/k']],
    [
      'CopyObject',
      { ...object, CopySource: '/src/a%20b?versionId=v' },
      ['s3:GetObjectVersion arn:aws:s3:::src/a b', 's3:PutObject arn:aws:s3:::b/a/k'],
    ],
    [
      'DeleteObjects',
      { Bucket: 'b', Delete: { Objects: [{ Key: '1' }, { Key: '2', VersionId: 'v' }] } },
      ['s3:DeleteObject arn:aws:s3:::b/1', 's3:DeleteObjectVersion arn:aws:s3:::b/2'],
    ],
    ['ListObjectsV2', { Bucket: 'b' }, ['s3:ListBucket arn:aws:s3:::b']],
    ['ListObjectVersions', { Bucket: 'b' }, ['s3:ListBucketVersions arn:aws:s3:::b']],
    ['HeadBucket', { Bucket: 'b' }, ['s3:ListBucket arn:aws:s3:::b']],
    ['ListBuckets', {}, ['s3:ListAllMyBuckets *']],
    ['CreateBucket', { Bucket: 'b' }, ['s3:CreateBucket arn:aws:s3:::b']],
    ['GetBucketLifecycleConfiguration', { Bucket: 'b' }, ['s3:GetLifecycleConfiguration arn:aws:s3:::b']],
    ['DeleteBucketCors', { Bucket: 'b' }, ['s3:PutBucketCORS arn:aws:s3:::b']],
  ])('%s %j', (operation, input, expected) => {
    expect(ask('s3', operation, input).sort()).toEqual(expected.sort());
  });
});

test('DynamoDB: batches, transactions and PartiQL name each table', () => {
  const table = (name: string) => here('dynamodb', `table/${name}`);
  expect(ask('dynamodb', 'BatchGetItem', { RequestItems: { a: {}, b: {} } })).toEqual([
    `dynamodb:BatchGetItem ${table('a')}`,
    `dynamodb:BatchGetItem ${table('b')}`,
  ]);
  const items = [{ Put: { TableName: 'a' } }, { Put: { TableName: 'a' } }, { ConditionCheck: { TableName: 'b' } }];
  expect(ask('dynamodb', 'TransactWriteItems', { TransactItems: items })).toEqual([
    `dynamodb:PutItem ${table('a')}`,
    `dynamodb:ConditionCheckItem ${table('b')}`,
  ]);
  const statement = (Statement: string) => ask('dynamodb', 'ExecuteStatement', { Statement });
  expect(statement('SELECT * FROM "a"."i" WHERE x = 1')).toEqual([`dynamodb:PartiQLSelect ${table('a')}/index/i`]);
  expect(statement("insert into a value {'x': 1}")).toEqual([`dynamodb:PartiQLInsert ${table('a')}`]);
});

test('API Gateway: methods and paths', () => {
  expect(ask('api-gateway', 'GetRestApi', { restApiId: 'abc' })).toEqual([
    'apigateway:GET arn:aws:apigateway:eu-west-1::/restapis/abc',
  ]);
  expect(ask('api-gateway', 'CreateRestApi', { name: 'n' })).toEqual([
    'apigateway:POST arn:aws:apigateway:eu-west-1::/restapis',
  ]);
  expect(ask('apigatewayv2', 'DeleteRoute', { ApiId: 'a', RouteId: 'r' })).toEqual([
    'apigateway:DELETE arn:aws:apigateway:eu-west-1::/apis/a/routes/r',
  ]);
});

test('partitions and Regions are the call’s', () => {
  const call = { service: 's3', operation: 'GetObject', input: { Bucket: 'b', Key: 'k' }, account: '1' };
  expect(permissionsOf({ ...call, region: 'cn-north-1', partition: 'aws-cn' })[0]?.resource).toBe(
    'arn:aws-cn:s3:::b/k',
  );
});

test('tags of the request become condition keys', () => {
  const conditions = (service: string, operation: string, input: object) =>
    permissionsOf({ service, operation, input, ...place })[0]?.conditions;
  expect(conditions('iam', 'CreateRole', { RoleName: 'r', Tags: [{ Key: 'team', Value: 'x' }] })).toEqual({
    'aws:RequestTag/team': 'x',
    'aws:TagKeys': ['team'],
  });
  expect(conditions('sqs', 'CreateQueue', { QueueName: 'q', tags: { a: '1' } })).toEqual({
    'aws:RequestTag/a': '1',
    'aws:TagKeys': ['a'],
  });
  const specification = { TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'v' }] }] };
  expect(conditions('ec2', 'CreateVpc', specification)).toMatchObject({ 'aws:RequestTag/Name': 'v' });
  expect(conditions('sqs', 'UntagQueue', { QueueUrl: queueUrl, TagKeys: ['a', 'b'] })).toEqual({
    'aws:TagKeys': ['a', 'b'],
  });
  expect(conditions('sqs', 'ListQueues', {})).toBeUndefined();
});

test('an unknown operation, and odd input, still give one permission', () => {
  expect(ask('sqs', 'NoSuchThing', {})).toEqual(['sqs:NoSuchThing *']);
  for (const input of [null, undefined, 1, [], { QueueUrl: 5 }, { QueueUrl: null }])
    expect(permissionsOf({ service: 'sqs', operation: 'SendMessage', input, ...place })).toHaveLength(1);
  for (const [service, operation] of [
    ['s3', 'DeleteObjects'],
    ['s3', 'CopyObject'],
    ['dynamodb', 'ExecuteStatement'],
    ['dynamodb', 'TransactWriteItems'],
  ])
    expect(
      permissionsOf({ service: service ?? '', operation: operation ?? '', input: {}, ...place }).length,
    ).toBeGreaterThan(0);
});
