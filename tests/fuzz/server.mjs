// The cloud that is fuzzed, in a process of its own: node --expose-gc server.mjs LIBRARY DATA_FOLDER. Tells its parent its port, each bug
// that it reports, and on request how much memory it holds once it was emptied.
const [, , library, dataFolder] = process.argv;
const { startCloud } = await import(library);
const cloud = await startCloud({ dataFolder, report: (bug) => process.send({ bug }) });
process.send({ port: Number(new URL(await cloud.listen({ port: 0 })).port) });

async function usage() {
  await cloud.reset();
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await new Promise((next) => setTimeout(next, 20));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ usage: { heapUsed, external, rss } });
}

process.on('message', (message) => {
  if (message === 'usage') void usage();
  if (message === 'exit') void cloud.close().then(() => process.exit(0));
});
