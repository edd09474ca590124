// What an account may use, and where.
import { accountReadUnitsMax, accountWriteUnitsMax, tableReadUnitsMax, tableWriteUnitsMax } from './limits.ts';
import type { Operation } from './state.ts';

/** How long clients may keep an endpoint, in minutes. */
const cacheMinutes = 1440;

/**
 * Tells the capacity limits of the account and of one table.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html
 */
export const DescribeLimits: Operation<'DescribeLimits'> = () => ({
  AccountMaxReadCapacityUnits: accountReadUnitsMax,
  AccountMaxWriteCapacityUnits: accountWriteUnitsMax,
  TableMaxReadCapacityUnits: tableReadUnitsMax,
  TableMaxWriteCapacityUnits: tableWriteUnitsMax,
});

/**
 * Tells the endpoint to use: the one by which the client came.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html
 */
export const DescribeEndpoints: Operation<'DescribeEndpoints'> = (_input, { origin }) => ({
  Endpoints: [{ Address: origin.host, CachePeriodInMinutes: cacheMinutes }],
});
