// What guests of a fabric send to the rest of the cloud: connections to load balancers, endpoints, AWS's APIs, other networks, and
// questions to the name server. Each goes the way that `trace` finds, as all live traffic does.
//
// Differs: the fabric accepts a connection before it is known whether anybody answers. One that is dropped on the way stays open and
// silent; one that is refused is reset.
import http from 'node:http';
import type net from 'node:net';
import type { PartWorld } from '../../kernel/parts.ts';
import { findAddress, readAddress } from '../../network/address.ts';
import type { Flow } from '../../network/flow.ts';
import { type VpcIndex, vpcIndex, zoneOfInterface } from '../../network/topology-index.ts';
import { readQuestion, type Question, typeA, typeAaaa, writeReply } from '../dns-message.ts';
import { respond } from '../../kernel/http-stream.ts';
import type { Caught } from './fabric.ts';

/** How long a client may take to speak first, before it is taken for one that waits to be spoken to. */
const silentMs = 200;
const methods = /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) /;

function indexOf(world: PartWorld, vpcId: string): VpcIndex | undefined {
  const vpc = world.parts.network.topology().vpcs.get(vpcId);
  return vpc === undefined ? undefined : vpcIndex(vpc);
}

/** True when the client speaks HTTP. What it said stays in the stream. */
function speaksHttp(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (verdict: boolean): void => {
      clearTimeout(late);
      socket.off('readable', look).off('close', gone);
      resolve(verdict);
    };
    const gone = (): void => done(false);
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      socket.unshift(chunk);
      done(methods.test(chunk.toString('latin1', 0, 8)));
    };
    const late = setTimeout(gone, silentMs);
    socket.on('readable', look).on('close', gone);
    look();
  });
}

/** Carries a guest's connection to where it is for. */
export async function carryOut(world: PartWorld, vpcId: string, caught: Caught, socket: net.Socket): Promise<void> {
  const address = findAddress(caught.source);
  const nic = address === undefined ? undefined : indexOf(world, vpcId)?.interfaceAt(address);
  if (nic === undefined) return void socket.destroy();
  const flow: Flow = {
    from: { kind: 'interface', id: nic.id },
    protocol: 'tcp',
    source: caught.source,
    sourcePort: caught.sourcePort,
    destination: caught.destination,
    destinationPort: caught.port,
  };
  if (await speaksHttp(socket)) return serveHttp(world, flow, socket);
  const { traffic } = world.parts;
  const opened = await traffic.connect(flow);
  if (opened.kind === 'refused') socket.destroy();
  if (opened.kind !== 'open') return;
  socket.pipe(opened.socket).pipe(socket);
  opened.socket.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('close', () => opened.socket.destroy());
}

function serveHttp(world: PartWorld, flow: Flow, socket: net.Socket): void {
  const reader = http.createServer((request, response) => {
    const answer: Parameters<typeof respond>[0] = async (asked) => {
      const exchange = await world.parts.traffic.http(flow, asked);
      // A packet that is dropped is answered by nobody, ever.
      if (exchange.kind === 'timeout') return new Promise<never>(() => {});
      return exchange.kind === 'answered' ? exchange.response : exchange.kind;
    };
    respond(answer, request, response, flow.source ?? '').catch((error: unknown) => {
      world.report(error, 'a guest’s request');
      socket.destroy();
    });
  });
  reader.emit('connection', socket);
  socket.resume();
}

/** Bytes of the addresses that a question asks for. */
function bytesOf(question: Question, texts: readonly string[]): Uint8Array[] {
  return texts.flatMap((text) => {
    const address = findAddress(text);
    if (address?.family === 4 && question.type === typeA) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(address.bits);
      return [bytes];
    }
    if (address?.family === 6 && question.type === typeAaaa)
      return [Buffer.from(address.bits.toString(16).padStart(32, '0'), 'hex')];
    return [];
  });
}

/** The name server's answer; undefined when it stays silent. */
export async function answerQuery(
  world: PartWorld,
  vpcId: string,
  source: string,
  message: Uint8Array,
): Promise<Uint8Array | undefined> {
  const question = readQuestion(message);
  if (question === undefined) return undefined;
  const vpc = world.parts.network.topology().vpcs.get(vpcId);
  const nic = vpc === undefined ? undefined : vpcIndex(vpc).interfaceAt(readAddress(source));
  const zone = vpc === undefined ? undefined : zoneOfInterface(vpc, nic?.id);
  const found = await world.parts.names.resolve(question.name, vpcId, zone);
  if (found.kind === 'silent') return undefined;
  return writeReply(
    question,
    found.kind === 'found' ? { code: 'found', addresses: bytesOf(question, found.addresses) } : { code: 'unknown' },
  );
}
