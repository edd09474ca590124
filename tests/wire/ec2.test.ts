import { testRoundTrips } from './services.ts';

testRoundTrips('ec2Query');
