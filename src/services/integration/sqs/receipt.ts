// Receipt handles: which message, and which of its receives. They carry all of it, so nothing has to be remembered per receive.
import { key } from '../../../kernel/key.ts';
import { instant } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import type { Message, Queue } from './state.ts';

const version = Buffer.from([1, 1, 1]); // `AQEB` in base 64, as all handles of AWS begin

export const messageKey = (queue: string, sentAt: number, sequence: number): string => key(queue, sentAt, sequence);

export const writeReceipt = (queue: Queue, message: Message): string =>
  Buffer.concat([
    version,
    Buffer.from(`${message.id} ${queue.arn} ${message.sentAt} ${message.sequence} ${message.receives}`),
  ]).toString('base64');

export interface Receipt {
  readonly messageKey: string;
  readonly messageId: string;
  /** The how-many-th receive of the message gave it. */
  readonly receives: number;
}

const form = /^(?<id>[\da-f-]{36}) (?<arn>\S+) (?<sentAt>\d{1,15}) (?<sequence>\d{1,15}) (?<receives>\d{1,15})$/;

/** Refuses what no receive of this queue can have given. */
export function readReceipt(queue: Queue, handle: string): Receipt {
  const bytes = Buffer.from(handle, 'base64');
  const parts = bytes.subarray(0, 3).equals(version) ? form.exec(bytes.subarray(3).toString())?.groups : undefined;
  if (parts === undefined) throw errors.receiptHandleIsInvalid(handle);
  if (parts['arn'] !== queue.arn) throw errors.receiptHandleOfOtherQueue(handle);
  return {
    messageKey: messageKey(queue.name, instant(Number(parts['sentAt'])), Number(parts['sequence'])),
    messageId: parts['id'] as string,
    receives: Number(parts['receives']),
  };
}
