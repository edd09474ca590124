// `npm run prove`: the two proofs that a usual run takes a sample of, at full size: hundreds of kills under load, and 100,000 malformed
// requests. Numbers and seed come from the environment where they are given (HAKONIWA_KILLS, HAKONIWA_FUZZ_REQUESTS, HAKONIWA_SEED).
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const full = { HAKONIWA_KILLS: '500', HAKONIWA_FUZZ_REQUESTS: '100000' };
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', 'tests/durability', 'tests/fuzz'];
const child = spawn(process.execPath, [...vitest, ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...full, ...process.env },
  stdio: 'inherit',
});
child.on('exit', (code) => process.exit(code ?? 1));
