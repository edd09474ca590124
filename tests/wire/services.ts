// The catalogue as the wire tests divide it: by the protocol of the model.
import { expect, test } from 'vitest';
import { theDirectory } from '../../src/protocol/directory.ts';
import { modelOf, type Protocol } from '../../src/protocol/model.ts';
import { reasonToLeaveOut } from './exceptions.ts';
import { roundTrip } from './round-trip.ts';

/** Services for which no SDK client is installed; `clientless.test.ts` drives them. */
export const clientless = ['arc-zonal-shift', 'opsworks', 'opsworkscm', 'qldb', 'qldb-session'];

/** What a client needs besides the usual. */
const configs: Readonly<Record<string, object>> = {
  // The client compares digests of messages that are samples here.
  sqs: { md5: false },
};

export const configOf = (service: string): object => configs[service] ?? {};

export const servicesOf = (...protocols: readonly Protocol[]): string[] =>
  theDirectory()
    .entries.filter((entry) => protocols.includes(entry.protocols[0] ?? 'awsJson1_1'))
    .map(({ service }) => service)
    .filter((service) => !clientless.includes(service));

/** Operations that a service's round trip must have tried. */
export const expectedCount = (service: string): number =>
  [...modelOf(service).operations.values()].filter((operation) => reasonToLeaveOut(operation) === undefined).length;

/** One test per service: all of its operations there and back. */
export const testRoundTrips = (...protocols: readonly Protocol[]): void => {
  test.each(servicesOf(...protocols))(
    '%s: every operation makes the round trip',
    { timeout: 120_000 },
    async (service) => {
      const sdk = await import(`@aws-sdk/client-${service}`);
      const { failures, operations } = await roundTrip(service, sdk, { config: configOf(service) });
      expect(failures).toEqual([]);
      expect(operations).toBe(expectedCount(service));
    },
  );
};
