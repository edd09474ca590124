import { testRoundTrips } from './services.ts';

testRoundTrips('awsJson1_0', 'awsJson1_1');
