// Services that answer every protocol that clients in use speak: SQS and CloudWatch.
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { expect, test } from 'vitest';
import { modelOf } from '../../src/protocol/model.ts';
import { setQuery } from './exceptions.ts';
import { roundTrip } from './round-trip.ts';
import { configOf, expectedCount } from './services.ts';

const cases = [
  ['sqs', 'query', AwsQueryProtocol],
  ['cloudwatch', 'query', AwsQueryProtocol],
  ['cloudwatch', 'RPC v2 CBOR', AwsSmithyRpcV2CborProtocol],
] as const;

test.each(cases)('%s: every operation makes the round trip in %s', async (service, _, Protocol) => {
  setQuery(Protocol === AwsQueryProtocol);
  const sdk = await import(`@aws-sdk/client-${service}`);
  const { namespace, xmlNamespace, apiVersion, target } = modelOf(service);
  const { errorTypeRegistries } = new sdk[service === 'sqs' ? 'SQSClient' : 'CloudWatchClient']({ region: 'x' }).config
    .protocol.options;
  const protocolSettings = {
    defaultNamespace: namespace,
    errorTypeRegistries,
    xmlNamespace,
    version: apiVersion,
    serviceTarget: target,
    awsQueryCompatible: true,
  };
  const config = { ...configOf(service), protocol: Protocol, protocolSettings };
  const { failures, operations } = await roundTrip(service, sdk, { config });
  expect(failures).toEqual([]);
  expect(operations).toBe(expectedCount(service));
});
