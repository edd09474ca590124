// tools/where OPERATION: where the handler of an operation stands, which tests show it, and AWS's page of it. For an operation whose name
// several services have, `s3:GetObject` asks for one.
import { directoryOf, servicesWith } from './operation-name.mjs';
import { handlerOf, pageOf, testsOf } from './service-tree.mjs';

const [asked, ...rest] = process.argv.slice(2);
if (asked === undefined || asked.startsWith('-') || rest.length > 0) {
  console.error('Usage: tools/where OPERATION, for example tools/where s3:GetObject or tools/where GetObject');
  process.exit(asked === '--help' || asked === '-h' ? 0 : 2);
}

const found = servicesWith(asked);
if (found.length === 0) {
  console.error(`No service has an operation ${asked}.`);
  process.exit(1);
}

/** What a reader wants of an operation, one fact a line. */
function describe({ service, operation }) {
  const handler = handlerOf(service, operation);
  const page = pageOf(service, operation);
  if (handler === undefined) {
    const state = directoryOf(service) === undefined ? 'nothing of the service is built' : 'not built';
    return [
      `${service}:${operation}`,
      `  handler  none: ${state}, it answers NotImplemented`,
      ...(page ? [`  AWS      ${page}`] : []),
    ];
  }
  const { named, calling } = testsOf(service, operation);
  const files = calling.filter((path) => named.every((test) => test.path !== path));
  return [
    `${service}:${operation}`,
    `  handler  ${handler.path}:${handler.line}`,
    ...named.map(({ path, line, name }) => `  test     ${path}:${line}  ${name}`),
    ...files.map((path) => `  called   ${path}`),
    `  AWS      ${page}`,
  ];
}

console.log(found.map((one) => describe(one).join('\n')).join('\n\n'));
