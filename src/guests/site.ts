// The site that a simulated guest serves.
//
//   GET  /…           who answers: instance, zone, address, image, type, uptime; JSON for those who ask for it
//   GET  /session     a visit counter behind a cookie, kept on this guest's disk alone
//   PUT  /disk/name   a file on this guest's disk; GET reads it
//   POST /…           gRPC: its health (`grpc.health.v1.Health/Check`), and that there is no other method
//
// A datagram is answered by one: who answers, and what was said.
import { datagramBytesMax } from '../kernel/datagram.ts';
import { BodyTooLarge, type HttpRequest, type HttpResponse } from '../kernel/http.ts';
import { mebibyte } from '../kernel/units.ts';
import { answerGrpc, isGrpc } from './grpc.ts';
import type { Behaviour, GuestSpec } from './guest.ts';

export interface SiteWorld {
  readonly spec: GuestSpec;
  readonly sick: Behaviour['sick'];
  readonly uptimeSeconds: number;
  readFile(path: string): string | undefined;
  writeFile(path: string, text: string): void;
  makeId(): string;
}

type Answer = HttpResponse & { readonly body: string | Uint8Array | undefined };

const sessionCookie = 'hakoniwa-session';
const fileLimitBytes = mebibyte;

export async function site(request: HttpRequest, world: SiteWorld): Promise<Answer> {
  const path = request.target.split('?', 1)[0] ?? '/';
  const answer = await answerTo(request, path, world);
  answer.headers['x-hakoniwa-instance'] = world.spec.instanceId;
  answer.headers['x-hakoniwa-zone'] = world.spec.zoneName;
  return request.method === 'HEAD' ? { ...answer, body: '' } : answer;
}

/** The answer to a datagram: a line's beginning longer than what was said, so that nothing grows but by that. */
export function answerDatagram(
  said: Uint8Array,
  { instanceId, zoneName, privateIp }: GuestSpec,
  sick: Behaviour['sick'],
) {
  const who = Buffer.from(
    sick === undefined ? `${instanceId} in ${zoneName} at ${privateIp}: ` : `${instanceId} is sick: ${sick}\n`,
  );
  return sick === undefined ? Buffer.concat([who, said.subarray(0, datagramBytesMax - who.byteLength)]) : who;
}

async function answerTo(request: HttpRequest, path: string, world: SiteWorld): Promise<Answer> {
  if (typeof world.sick === 'number') return text(world.sick, `${world.spec.instanceId} is sick\n`);
  if (isGrpc(request)) return answerGrpc(request) as Answer;
  if (path === '/session') return visit(request, world);
  if (path.startsWith('/disk/')) return file(request, path.slice('/disk/'.length), world);
  return whoAmI(request, world);
}

const text = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

function whoAmI(
  { headers, method, target, sourceIp: clientIp }: HttpRequest,
  { spec, uptimeSeconds }: SiteWorld,
): Answer {
  const { instanceId, zoneName: zone, privateIp, imageId, instanceType } = spec;
  if (headers['accept']?.includes('application/json') === true) {
    const forwardedFor = headers['x-forwarded-for'];
    const server = { instanceId, zone, privateIp, imageId, instanceType, uptimeSeconds };
    const facts = { ...server, method, target, clientIp, forwardedFor };
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: `${JSON.stringify(facts)}\n`,
    };
  }
  return text(200, `${instanceId} in ${zone} at ${privateIp}: ${instanceType}, ${imageId}, up ${uptimeSeconds} s\n`);
}

const cookieOf = ({ headers }: HttpRequest, name: string): string | undefined =>
  (headers['cookie'] ?? '')
    .split(/;\s*/)
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);

function visit(request: HttpRequest, world: SiteWorld): Answer {
  const known = cookieOf(request, sessionCookie);
  const id = known !== undefined && /^[0-9a-f]{16}$/.test(known) ? known : world.makeId();
  const kept = world.readFile(`session/${id}`);
  const visits = Number(kept ?? 0) + 1;
  world.writeFile(`session/${id}`, String(visits));
  const answer = text(200, `visit ${visits} of session ${id}, kept on ${world.spec.instanceId}\n`);
  answer.headers['set-cookie'] = `${sessionCookie}=${id}; Path=/`;
  return answer;
}

async function file(request: HttpRequest, path: string, world: SiteWorld): Promise<Answer> {
  if (request.method === 'PUT' || request.method === 'POST') {
    try {
      const bytes = await request.body.bytes(fileLimitBytes);
      world.writeFile(`disk/${path}`, Buffer.from(bytes).toString('utf8'));
      return text(201, `kept ${path} on ${world.spec.instanceId}\n`);
    } catch (error) {
      if (error instanceof BodyTooLarge) return text(413, `at most ${fileLimitBytes} bytes\n`);
      throw error;
    }
  }
  const content = world.readFile(`disk/${path}`);
  return content === undefined ? text(404, `no ${path} on ${world.spec.instanceId}\n`) : text(200, content);
}
