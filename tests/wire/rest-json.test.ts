import { testRoundTrips } from './services.ts';

testRoundTrips('restJson1');
