// node .ci/tally.mjs REPORT STATUS: "<passed> <failed>" of a vitest run, from its JSON report and its exit code. A file that could not
// run counts as a failure, and so does a run that failed without a failed test, or that left no report.
import { readFileSync } from 'node:fs';

const [path, status] = process.argv.slice(2);

function tally() {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return [0, 1];
  }
  const broken = report.testResults.filter(
    ({ status: outcome, assertionResults }) =>
      outcome === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const failed = report.numFailedTests + broken.length;
  return [report.numPassedTests, failed === 0 && status !== '0' ? 1 : failed];
}

console.log(tally().join(' '));
