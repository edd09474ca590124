// Makes src/kernel/region-table.json: partitions, Regions, zones, and which services a Region offers.
//
// Usage: node tools/regions.mjs --facts DIR [--botocore DIR] [--check]
// Sources: regions.json in DIR (what AWS publishes as SSM public parameters under /aws/service/global-infrastructure),
// `@aws-cdk/region-info` (opt-in, hosted zones, accounts of load balancers), botocore's partitions.json (DNS suffixes).
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fact, FactName } from '@aws-cdk/region-info';
import { finish, option, writeTable } from './table-file.mjs';

const factsDir = option('facts');
if (factsDir === undefined) throw new Error('say where regions.json is: --facts DIR');
const botocore =
  option('botocore') ??
  execFileSync('python3', ['-c', "import botocore,os;print(os.path.dirname(botocore.__file__)+'/data')"])
    .toString()
    .trim();

const json = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const published = json(factsDir, 'regions.json');
const names = Object.keys(published).sort();

const partitions = Object.fromEntries(
  json(botocore, 'partitions.json').partitions.map(({ id, outputs, regionRegex }) => [
    id,
    {
      dnsSuffix: outputs.dnsSuffix,
      dualStackDnsSuffix: outputs.dualStackDnsSuffix,
      globalRegion: outputs.implicitGlobalRegion,
      pattern: regionRegex.replaceAll('\\-', '-'),
    },
  ]),
);

const regions = {};
for (const name of names) {
  const region = published[name];
  const fact = (factName) => Fact.find(name, factName);
  regions[name] = {
    partition: region.partition,
    description: region.longName,
    country: region.country,
    optIn: fact(FactName.IS_OPT_IN_REGION) === 'YES',
    zones: region.zoneIds,
    localZones: region.localZoneIds,
    wavelengthZones: region.wavelengthZoneIds,
    websiteHost: fact(FactName.S3_STATIC_WEBSITE_ENDPOINT),
    websiteHostedZoneId: fact(FactName.S3_STATIC_WEBSITE_ZONE_53_HOSTED_ZONE_ID),
    beanstalkHostedZoneId: fact(FactName.EBS_ENV_ENDPOINT_HOSTED_ZONE_ID) || undefined,
    loadBalancerAccount: fact(FactName.ELBV2_ACCOUNT),
    firehoseCidr: fact(FactName.FIREHOSE_CIDR_BLOCK),
  };
}

// Service → the Regions that offer it, as one character per Region in the order of the table.
const services = {};
for (const [at, name] of names.entries())
  for (const service of published[name].services) (services[service] ??= Array(names.length).fill('-'))[at] = '+';
const offered = Object.fromEntries(
  Object.keys(services)
    .sort()
    .map((service) => [service, services[service].join('')]),
);

const lines = (object) =>
  Object.entries(object)
    .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(',\n');
writeTable(
  'src/kernel/region-table.json',
  `{\n  "partitions": {\n${lines(partitions)}\n  },\n  "regions": {\n${lines(regions)}\n  },\n  "services": {\n${lines(offered)}\n  }\n}\n`,
);
finish('regions');
