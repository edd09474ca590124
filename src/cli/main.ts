#!/usr/bin/env node
// `hakoniwa`. Starting a cloud must be quick, so `start` goes its own way; every other word goes through `program.ts`, which loads
// the parser with its help texts, and then the one file of the command.
import module from 'node:module';
import { fail } from './failure.ts';

// Node 22 keeps compiled code between runs; Node 20 cannot.
if ('enableCompileCache' in module && typeof module.enableCompileCache === 'function') module.enableCompileCache();

const [command, ...words] = process.argv.slice(2);
const asksForHelp = words.some((word) => word === '--help' || word === '-h');

try {
  if (command === 'start' && !asksForHelp) {
    const { start } = await import('./start.ts');
    await start(words);
  } else {
    const { runProgram } = await import('./program.ts');
    await runProgram(process.argv);
  }
} catch (error) {
  await fail(error);
}
