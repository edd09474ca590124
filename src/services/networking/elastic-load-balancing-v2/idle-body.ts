// The body of a target's answer, as it comes: one that stops in the middle for the idle timeout is cut off. The same for classic load balancers.
import type { Context } from '../../../kernel/service.ts';

/** @throws Error when nothing came for so long: whoever sends it on breaks the connection off */
export async function* untilIdle(
  { parts }: Pick<Context, 'parts'>,
  idleMs: number,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let isLate = false;
  try {
    for (;;) {
      let callOff: () => void = () => {};
      const late = new Promise<never>((_, reject) => {
        callOff = parts.traffic.after(idleMs, () => {
          isLate = true;
          reject(new Error('the target stopped in the middle of its answer'));
        });
      });
      const next = await Promise.race([chunks.next(), late]).finally(callOff);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // One that is late does not hear that it may go: it is not waited for.
    const gone = chunks.return?.();
    if (isLate) gone?.catch(() => {});
    else await gone;
  }
}
