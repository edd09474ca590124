// The words of the command line, with their help. Each command lives in its own file, loaded when it is called.
import { Command, Option } from 'commander';
import { version } from '../kernel/version.ts';
import { exitCode } from './failure.ts';
import { startFlags, variableOf } from './start-flag.ts';

const about = `The AWS cloud in one process on your own machine.

Start it, point your tools at it, and work:

  hakoniwa start                        a cloud at http://localhost:4566
  eval "$(hakoniwa env)"                AWS tools of this shell now use it
  aws s3 mb s3://my-bucket
  hakoniwa run -- npm test              or: one command, with or without a cloud`;

const examples: Readonly<Record<string, string>> = {
  start: `
Examples:
  hakoniwa start --data ./cloud                       keep everything over restarts
  hakoniwa start --port 4600 --account 123456789012   a second cloud beside the first
  hakoniwa start --seed 1 --clock frozen,2026-01-01T00:00:00Z
                                                      the same cloud every time, for tests
  hakoniwa start --log requests                       print every request

Each flag can come from the environment: --port is HAKONIWA_PORT, --admin-host is HAKONIWA_ADMIN_HOST.
Ctrl-C finishes running requests and closes the data folder; a second Ctrl-C ends at once.`,
  clock: `
Examples:
  hakoniwa clock advance 30d          lifecycle rules, expiries and timers of 30 days happen now
  hakoniwa clock advance 2h30m
  hakoniwa clock advance 2027-01-01T00:00:00Z
  hakoniwa clock freeze               time moves only by "advance"
  hakoniwa clock scale 60x            a minute of the cloud each second`,
  snapshot: `
Examples:
  hakoniwa snapshot save before              in the cloud's memory, in microseconds
  hakoniwa snapshot load before
  hakoniwa snapshot save ./seeded.hakoniwa   in a file: copy it, check it in
  hakoniwa snapshot load ./seeded.hakoniwa`,
  requests: `
Examples:
  hakoniwa requests --follow                 watch what your program does
  hakoniwa requests --follow --errors        only what failed
  hakoniwa requests --service s3 --last 5 --json | jq .operation`,
  fault: `
Examples:
  hakoniwa fault add zone us-east-1a --for 30m            a zone is lost, and comes back
  hakoniwa fault add zone use1-az1 --lost network         an island: its servers run, and nobody reaches them
  hakoniwa fault add instance i-0123456789abcdef0 --status system
  hakoniwa fault add capacity us-east-1a --type t3.micro  no room for new ones
  hakoniwa fault add api dynamodb --operation PutItem --effect throttle --chance 0.3 --for 10m
  hakoniwa fault add link vpn-0123456789abcdef0
  hakoniwa fault list
  hakoniwa fault end fault-1`,
  load: `
Examples:
  hakoniwa load add web --rate 50 --for 2h                 fifty requests a second to the load balancer "web"
  hakoniwa load add web --ramp 10..500 --period 30m        from ten to five hundred in half an hour
  hakoniwa load add web --sine 10..500 --period 24h        a day's wave, again and again
  hakoniwa load list
  hakoniwa load end load-1`,
  trace: `
Examples:
  hakoniwa trace --from internet --to i-0123456789abcdef0:443
  hakoniwa trace --from i-0123456789abcdef0 --to 10.0.1.7:5432
  hakoniwa trace --from i-0123456789abcdef0 --to web:80   a load balancer by its name
  hakoniwa trace --from web --to i-0123456789abcdef0:8080 does its target admit it?`,
  curl: `
Examples:
  hakoniwa curl --from i-0123456789abcdef0 http://10.0.1.7/
  hakoniwa curl --from internet http://i-0123456789abcdef0:8080/health -i`,
  guest: `
Examples:
  hakoniwa guest i-0123456789abcdef0                      who it is, how it does, its console
  hakoniwa guest i-0123456789abcdef0 --cpu 90             busy
  hakoniwa guest i-0123456789abcdef0 --sick 500           its health checks fail
  hakoniwa guest i-0123456789abcdef0 --sick hang --latency 3000
  hakoniwa guest i-0123456789abcdef0 --well`,
  certificate: `
A cloud takes http:// and https:// on the same port, for localhost, *.localhost and *.localhost.localstack.cloud. Its certificates are
signed by an authority of its own, kept in the data folder (--data) or made anew at every start. Let your tools trust it:

  hakoniwa certificate ./hakoniwa.pem
  export AWS_CA_BUNDLE=$PWD/hakoniwa.pem              AWS CLI, boto3, Terraform
  export NODE_EXTRA_CA_CERTS=$PWD/hakoniwa.pem        Node
  export SSL_CERT_FILE=$PWD/hakoniwa.pem              Go, Ruby
  curl --cacert hakoniwa.pem https://localhost:4566/_hakoniwa/health
  aws --endpoint-url https://localhost:4566 --ca-bundle hakoniwa.pem s3 ls`,
  env: `
Examples:
  eval "$(hakoniwa env)"                     sh, bash, zsh
  hakoniwa env --shell fish | source
  hakoniwa env --shell powershell | Out-String | Invoke-Expression`,
  run: `
Examples:
  hakoniwa run -- npm test
  hakoniwa run -- terraform apply -auto-approve
  hakoniwa run -- sh -c 'aws s3 mb s3://a && aws s3 ls'

Uses the cloud at the endpoint. When none runs there, one is started for the command, in memory, and ends with it.
The exit code is the command's.`,
};

const exits = `
Exit codes: 0 done, 1 failed, 2 wrong command line, 3 no cloud at the endpoint, 4 the port is taken.
Documentation: docs/admin-api.md tells the HTTP API behind these commands.`;

function addStart(program: Command): void {
  const start = program.command('start').description('start a cloud, and keep it running until it is stopped');
  for (const [name, { value, text, ...rest }] of Object.entries(startFlags)) {
    const option = new Option(`--${name} <${value}>`, text).env(variableOf(name));
    start.addOption('byDefault' in rest ? option.default(rest.byDefault) : option);
  }
  start.addHelpText('after', examples['start'] ?? '');
  // Reached by "hakoniwa --endpoint … start": the quick way reads the same flags.
  start.action(async () => {
    const { start: run } = await import('./start.ts');
    await run(process.argv.slice(process.argv.indexOf('start') + 1));
  });
}

/** Gathers the values of an option that may be given several times. */
const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const withCommon = (command: Command): Command =>
  command
    .option(
      '--endpoint <URL>',
      'the cloud to talk to, or just its port (HAKONIWA_ENDPOINT; default: http://127.0.0.1:4566)',
    )
    .option('--json', 'print JSON');

function addClock(program: Command): void {
  const clock = program
    .command('clock')
    .description("show the cloud's clock, or move it")
    .addHelpText('after', examples['clock'] ?? '');
  withCommon(clock.command('show', { isDefault: true }).description('what time it is in the cloud')).action(
    async (options) => (await import('./clock.ts')).showClock(options),
  );
  withCommon(clock.command('freeze').description('stop the clock')).action(async (options) =>
    (await import('./clock.ts')).freezeClock(options),
  );
  withCommon(
    clock
      .command('advance')
      .argument('<TIME>', '30d, 2h30m, PT1H, seconds, or an instant')
      .description('move the clock forward; all that falls due happens'),
  ).action(async (by: string, options) => (await import('./clock.ts')).advanceClock(by, options));
  withCommon(clock.command('resume').description('let the clock run in real time from where it stands')).action(
    async (options) => (await import('./clock.ts')).resumeClock(options),
  );
  withCommon(
    clock.command('scale').argument('<FACTOR>', '60x').description('let the clock run faster or slower'),
  ).action(async (factor: string, options) => (await import('./clock.ts')).scaleClock(factor, options));
}

function addSnapshot(program: Command): void {
  const snapshot = program
    .command('snapshot')
    .description('save the state of the cloud, and come back to it')
    .addHelpText('after', examples['snapshot'] ?? '');
  const place = 'a name, or a file (with a slash, or ending in .hakoniwa or .gz)';
  withCommon(snapshot.command('save').argument('<NAME>', place).description('save the state as it is')).action(
    async (name: string, options) => (await import('./snapshot.ts')).saveSnapshot(name, options),
  );
  withCommon(
    snapshot.command('load').argument('<NAME>', place).description('put a saved state in place of all there is'),
  ).action(async (name: string, options) => (await import('./snapshot.ts')).loadSnapshot(name, options));
  withCommon(snapshot.command('list').description('list snapshots in memory')).action(async (options) =>
    (await import('./snapshot.ts')).listSnapshots(options),
  );
  withCommon(snapshot.command('delete').argument('<NAME>').description('forget a snapshot in memory')).action(
    async (name: string, options) => (await import('./snapshot.ts')).deleteSnapshot(name, options),
  );
}

function addRequests(program: Command): void {
  withCommon(program.command('requests'))
    .description('show the last requests, or watch them come')
    .option('-f, --follow', 'go on with each new one')
    .option('--last <NUMBER>', 'how many of the past, at most 1000', '20')
    .option('--service <NAME>', 'only of this service: s3, dynamodb')
    .option('--operation <NAME>', 'only this operation: PutObject')
    .option('--status <STATUS>', 'only with this status: 404, 4xx, error')
    .option('--account <ID>', 'only of this account')
    .option('--errors', 'only what failed')
    .option('--internal', 'also calls of one service by another')
    .addHelpText('after', examples['requests'] ?? '')
    .action(async (options) => (await import('./requests.ts')).requests(options));
}

function addFault(program: Command): void {
  const fault = program
    .command('fault')
    .description('break zones, servers, links and APIs, and mend them')
    .addHelpText('after', examples['fault'] ?? '');
  withCommon(fault.command('add'))
    .description('break something: zone, region, instance, volume, link, capacity, api')
    .argument('<KIND>', 'zone, region, instance, volume, link, capacity or api')
    .argument('<WHAT>', 'its name or ID; for capacity a zone or "any"')
    .option('--for <DURATION>', 'how long: 90s, 10m (default: until it is ended)')
    .option('--after <DURATION>', 'when it begins (default: now)')
    .option('--lost <PART>', 'of a zone: all, power, network, or destroyed (what was kept there is gone)')
    .option('--status <CHECK>', 'of an instance: which status check fails, instance or system')
    .option('--effect <EFFECT>', 'of an api: throttle, error, unavailable, latency; of a volume: stalled, lost')
    .option('--operation <NAME>', 'of an api: only this operation')
    .option('--principal <ARN>', 'of an api: only calls of this user or role')
    .option('--latency <MS>', 'of an api with --effect latency')
    .option('--chance <SHARE>', 'of an api: the share of calls that are hit, 0 to 1')
    .option('--tunnel <0|1>', 'of a link that is a VPN connection: only this tunnel')
    .option('--ramp <SECONDS>', 'of an api: the share grows over so long')
    .option('--type <TYPE>', 'of capacity: only this instance type')
    .option('--market <MARKET>', 'of capacity: on-demand or spot')
    .option('--note <TEXT>', 'why')
    .action(async (kind: string, what: string, options) => (await import('./fault.ts')).addFault(kind, what, options));
  withCommon(fault.command('list', { isDefault: true }).description('what is broken, was, and will be')).action(
    async (options) => (await import('./fault.ts')).listFaults(options),
  );
  withCommon(fault.command('end').argument('<ID>').description('mend it now')).action(async (id: string, options) =>
    (await import('./fault.ts')).endFault(id, options),
  );
}

function addLoad(program: Command): void {
  const load = program
    .command('load')
    .description('simulate requests to load balancers, as a shape over time')
    .addHelpText('after', examples['load'] ?? '');
  withCommon(load.command('add'))
    .description('add a load; nothing is sent, yet metrics, alarms and groups see it')
    .argument('<BALANCER>', 'the name or ARN of a load balancer')
    .option('--rate <PER-SECOND>', 'a constant number of requests a second')
    .option('--ramp <LOW..HIGH>', 'from one rate to another, and on')
    .option('--sine <LOW..HIGH>', 'between two rates and back, beginning low')
    .option('--period <DURATION>', 'how long a ramp or a turn of a sine takes (default: --for, or 1h; 24h)')
    .option('--for <DURATION>', 'how long: 90m, 24h (default: until it is ended)')
    .option('--after <DURATION>', 'when it begins (default: now)')
    .option('--account <ID>', 'whose load balancer (default: the default account)')
    .option('--region <NAME>', 'in which Region (default: the default Region)')
    .action(async (balancer: string, options) => (await import('./load.ts')).addLoad(balancer, options));
  withCommon(load.command('list', { isDefault: true }).description('what is simulated, was, and will be')).action(
    async (options) => (await import('./load.ts')).listLoad(options),
  );
  withCommon(load.command('end').argument('<ID>').description('end it now')).action(async (id: string, options) =>
    (await import('./load.ts')).endLoad(id, options),
  );
}

function addNetwork(program: Command): void {
  withCommon(program.command('trace'))
    .description('where a packet goes, hop by hop, and why it is dropped')
    .requiredOption('--from <WHERE>', 'i-…, eni-…, a load balancer, a site, or internet')
    .requiredOption('--to <WHERE>', 'i-…:443, a load balancer:80, or an address with port')
    .option('--protocol <NAME>', 'tcp, udp, icmp (default: tcp with a port, icmp without)')
    .option('--source <ADDRESS>', 'who the client on the Internet is (default: 198.51.100.1)')
    .addHelpText('after', examples['trace'] ?? '')
    .action(async (options) => (await import('./trace.ts')).trace(options));
  withCommon(program.command('curl'))
    .description('send a request from inside the network')
    .argument('<URL>')
    .requiredOption('--from <WHERE>', 'i-…, eni-…, a load balancer, a site, or internet')
    .option('-X, --request <METHOD>', 'GET, POST, PUT …')
    .option('-H, --header <LINE>', 'a header: "accept: application/json"; may be given again', collect)
    .option('-d, --data <TEXT>', 'the body')
    .option('-i, --include', 'print status and headers, too')
    .addHelpText('after', examples['curl'] ?? '')
    .action(async (url: string, options) => (await import('./trace.ts')).curl(url, options));
  withCommon(program.command('connect'))
    .description('open a shell in the server of an instance (a cloud with real guests: start --guests)')
    .argument('<INSTANCE>')
    .action(async (instance: string, options) => (await import('./shell.ts')).openShell(instance, options));
  withCommon(program.command('guest'))
    .description('how the server in an instance does; make it slow, sick or busy')
    .argument('<INSTANCE>')
    .option('--cpu <PERCENT>', 'burn so much CPU')
    .option('--network <MBPS>', 'send so many megabits a second by itself, as far as the band goes')
    .option('--latency <MS>', 'answer so late')
    .option('--sick <HOW>', 'answer with this status, or hang, or refuse')
    .option('--cost <MS>', 'CPU that one request costs, in milliseconds of one vCPU')
    .option('--well', 'behave as the tags say again')
    .addHelpText('after', examples['guest'] ?? '')
    .action(async (instance: string, options) => (await import('./guest.ts')).guest(instance, options));
}

function programOf(): Command {
  const program = new Command('hakoniwa');
  program.description(about).version(version, '-v, --version').addHelpText('after', exits);
  program.configureHelp({ showGlobalOptions: true });
  program.showSuggestionAfterError().showHelpAfterError('  → See: hakoniwa --help').enablePositionalOptions();
  addStart(program);
  withCommon(program.command('status').description('which cloud runs, and what is in it')).action(async (options) =>
    (await import('./status.ts')).status(options),
  );
  withCommon(program.command('stop').description('end the cloud gracefully')).action(async (options) =>
    (await import('./stop.ts')).stop(options),
  );
  withCommon(program.command('reset').description('empty the cloud')).action(async (options) =>
    (await import('./reset.ts')).reset(options),
  );
  addClock(program);
  addSnapshot(program);
  withCommon(program.command('services').argument('[NAME]', 'list the operations of this one'))
    .description('how much of each service is built')
    .option('--all', 'also services of which nothing is built')
    .action(async (name: string | undefined, options) => (await import('./services.ts')).services(name, options));
  withCommon(program.command('doors'))
    .description('names and ports of load balancers, and the local ports on which they listen')
    .action(async (options) => (await import('./doors.ts')).doors(options));
  withCommon(program.command('certificate').argument('[FILE]', 'write it there'))
    .description('print the certificate that tools must trust to use https://')
    .addHelpText('after', examples['certificate'] ?? '')
    .action(async (file: string | undefined, options) => (await import('./certificate.ts')).certificate(file, options));
  addRequests(program);
  addFault(program);
  addLoad(program);
  addNetwork(program);
  withCommon(program.command('env'))
    .description('print exports for a shell, so that AWS tools use the cloud')
    .option('--shell <NAME>', 'sh, fish or powershell (default: the one you use)')
    .addHelpText('after', examples['env'] ?? '')
    .action(async (options) => (await import('./env.ts')).env(options));
  program
    .command('run')
    .description('run a command with the AWS variables set')
    .argument('<COMMAND...>')
    .option('--endpoint <URL>', 'the cloud to use, or just its port')
    .passThroughOptions()
    .addHelpText('after', examples['run'] ?? '')
    .action(async (command: string[], options) => (await import('./run.ts')).run(command, options));
  withCommon(program.command('doctor'))
    .description('look for what could be in the way, with remedies')
    .option('--data <FOLDER>', 'look at this data folder too')
    .action(async (options) => (await import('./doctor.ts')).doctor(options));
  return program;
}

/** Wrong words end with exit code 2; asking for help or the version is no failure. */
function exitOnUsage(command: Command): void {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCode.usage));
  for (const inner of command.commands) exitOnUsage(inner);
}

export async function runProgram(argv: readonly string[]): Promise<void> {
  const program = programOf();
  exitOnUsage(program);
  if (argv.length <= 2) program.help();
  await program.parseAsync(argv);
}
