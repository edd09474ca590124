import { testRoundTrips } from './services.ts';

testRoundTrips('awsQuery');
