// Remembers when credentials and services were used: for `GetAccessKeyLastUsed`, `RoleLastUsed`, the credential report, and the
// service last accessed details. A use is written once a minute at most, so that reading does not become writing.
import type { Question } from '../../../kernel/authority.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { key } from '../../../kernel/key.ts';
import type { Store } from '../../../kernel/table.ts';
import { sessionOf } from './session.ts';
import { iamTables } from './state.ts';

const keptMs = 60_000;
const rememberedUses = 10_000;

export class UseRecorder {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #last = new Map<string, number>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** A call that was let pass. */
  note({ principal, region, permissions, service: api }: Question): void {
    const { kind, account, arn, accessKeyId } = principal;
    if (kind === 'service' || kind === 'anonymous' || accessKeyId === undefined) return;
    const now = this.#clock.now();
    const action = permissions[0]?.action ?? `${api}:`;
    const mark = `${arn} ${accessKeyId} ${action}`;
    const colon = action.indexOf(':');
    const service = action.slice(0, colon);
    const state = this.#store.state('iam', iamTables, account, '*');
    const session = sessionOf(principal);
    const entityArn = session?.issuerArn ?? arn;
    const last = this.#last.get(mark);
    // The row is looked for, since a reset takes it away and leaves the memory.
    if (last !== undefined && now >= last && now - last < keptMs && state.accesses.has(key(entityArn, service, '')))
      return;
    if (this.#last.size >= rememberedUses) this.#last.clear();
    this.#last.set(mark, now);
    this.#store.transaction(() => {
      if (session === undefined) state.uses.put({ id: accessKeyId, at: now, region, service });
      if (kind === 'assumed-role') state.uses.put({ id: `role/${session?.issuerId}`, at: now, region, service });
      const access = { entityArn, service, at: now, region, by: arn };
      state.accesses.put({ ...access, action: '' });
      if (colon >= 0 && action.length > colon + 1) state.accesses.put({ ...access, action: action.slice(colon + 1) });
    });
  }
}
