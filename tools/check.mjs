// `npm run check`: types, lint and format together, each printed whole when it fails.
import { spawn } from 'node:child_process';

const checks = {
  types: ['node', ['node_modules/typescript-7/bin/tsc', '--noEmit', '-p', 'tsconfig.json']],
  lint: ['npx', ['oxlint', '--deny-warnings', 'src', 'tests', 'bench', 'tools']],
  format: ['npx', ['biome', 'format', '.']],
};

const run = ([command, args]) =>
  new Promise((done) => {
    const child = spawn(command, args);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => done({ code, output }));
    child.on('error', (error) => done({ code: 1, output: String(error) }));
  });

let failed = false;
await Promise.all(
  Object.entries(checks).map(async ([name, command]) => {
    const { code, output } = await run(command);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
    if (code !== 0) {
      failed = true;
      console.log(output);
    }
  }),
);
process.exit(failed ? 1 : 0);
