import { testRoundTrips } from './services.ts';

testRoundTrips('restXml');
