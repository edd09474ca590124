// Makes src/services/management/ssm/public-parameter-table.bin: AWS's public parameters of images, in every Region.
//
//   node tools/public-parameters.mjs --from FILE [--check]
//
// Source: a JSON file of what SSM itself answers: { Region: { parameter: value } }. A value that is the same in all Regions that have
// the parameter is written once; the others stand in a list by Region, with null where a Region has not got it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { finish, option, writeTable } from './table-file.mjs';

const byRegion = JSON.parse(readFileSync(option('from'), 'utf8'));
const regions = Object.keys(byRegion).sort();
const names = [...new Set(regions.flatMap((region) => Object.keys(byRegion[region])))].sort();

const parameters = Object.fromEntries(
  names.map((name) => {
    const values = regions.map((region) => byRegion[region][name] ?? null);
    return [name, values.every((value) => value === values[0]) ? values[0] : values];
  }),
);

// 32 bytes SHA-256 of the content, then brotli: two files are the same when their content is, however zlib packed it.
const text = JSON.stringify({ regions, parameters });
const packed = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
const digest = createHash('sha256').update(text).digest();
writeTable('src/services/management/ssm/public-parameter-table.bin', Buffer.concat([digest, packed]), (before, after) =>
  before.subarray(0, 32).equals(after.subarray(0, 32)),
);
finish('public parameters');
