// Where the members of a REST operation travel: in the path, the query, headers, the status, or the body.
import type { Member, StructureShape } from './model.ts';
import { isScalar } from './scalar.ts';

export interface RestBinding {
  readonly labels: readonly Member[];
  /** Wire name → member. */
  readonly query: ReadonlyMap<string, Member>;
  /** Takes the query parameters that no other member has. */
  readonly queryParams: Member | undefined;
  /** Wire name in lower case → member. */
  readonly headers: ReadonlyMap<string, Member>;
  readonly prefixHeaders: readonly Member[];
  readonly status: Member | undefined;
  /** The member that is the whole body. */
  readonly payload: Member | undefined;
  /** The union of an event stream, when the payload is one. */
  readonly events: StructureShape | undefined;
  /** What is left: members of the body's document. */
  readonly body: StructureShape;
}

/** A structure with some of the members of another one. */
export const partOf = (whole: StructureShape, members: readonly Member[]): StructureShape => ({
  kind: 'structure',
  name: whole.name,
  traits: whole.traits,
  union: false,
  error: whole.error,
  members,
  find: (name) => whole.find(name),
});

/** The event stream of a structure: the member whose shape is a streaming union. */
export const eventMemberOf = (shape: StructureShape): Member | undefined =>
  shape.members.find(
    (member) =>
      !isScalar(member.shape) &&
      member.shape.kind === 'structure' &&
      (member.shape.traits.streaming === 1 || member.traits.streaming === 1),
  );

/** Labels and query bind a request only, the status a response; in the other direction such a member is in the body. */
export type Direction = 'request' | 'response';

const link = (shape: StructureShape, direction: Direction): RestBinding => {
  const asks = direction === 'request';
  const labels: Member[] = [];
  const query = new Map<string, Member>();
  const headers = new Map<string, Member>();
  const prefixHeaders: Member[] = [];
  const body: Member[] = [];
  let queryParams: Member | undefined;
  let status: Member | undefined;
  const events = eventMemberOf(shape);
  let payload = events;
  for (const member of shape.members) {
    const { traits } = member;
    if (asks && traits.httpLabel === 1) labels.push(member);
    else if (asks && traits.httpQuery !== undefined) query.set(traits.httpQuery, member);
    else if (asks && traits.httpQueryParams === 1) queryParams = member;
    else if (traits.httpHeader !== undefined) headers.set(traits.httpHeader.toLowerCase(), member);
    else if (traits.httpPrefixHeaders !== undefined) prefixHeaders.push(member);
    else if (!asks && traits.httpResponseCode === 1) status = member;
    else if (traits.httpPayload === 1) payload = member;
    else if (member !== events) body.push(member);
  }
  return {
    labels,
    query,
    queryParams,
    headers,
    prefixHeaders,
    status,
    payload,
    events: events?.shape.kind === 'structure' ? events.shape : undefined,
    body: partOf(shape, body),
  };
};

const bindings = {
  request: new WeakMap<StructureShape, RestBinding>(),
  response: new WeakMap<StructureShape, RestBinding>(),
};

/** The bindings of an operation's input (`request`), or of its output or an error (`response`). */
export const bindingOf = (shape: StructureShape, direction: Direction): RestBinding => {
  const known = bindings[direction];
  let binding = known.get(shape);
  if (binding === undefined) {
    binding = link(shape, direction);
    known.set(shape, binding);
  }
  return binding;
};
