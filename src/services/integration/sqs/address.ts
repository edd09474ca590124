// Where a queue is: its URL in all forms that clients have, its ARN, and the tables it lives in.
import { errors } from './errors.ts';
import type { Queue, SqsContext } from './state.ts';

/** Account and Region are undefined where the URL leaves them open. */
export interface QueueAddress {
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly name: string;
}

const bareName = /^[\w-]{1,80}(\.fifo)?$/;
const region = '[a-z]{2}(?:-[a-z]+)+-\\d';
const form = new RegExp(
  `^(?:https?://(?:sqs\\.(?<modern>${region})\\.|(?<legacy>${region})\\.queue\\.)?[^/?#]*)?` +
    `/(?:queue/(?<path>${region})/)?(?<account>\\d{12})/(?<name>[^/?#]+)/?$`,
);

/**
 * Reads a `QueueUrl`. Any host and port will do; the Region is taken from `sqs.REGION.…`, `REGION.queue.…` or `/queue/REGION/…`, else it is
 * the request's. A bare queue name is the caller's own queue. Undefined when it is none of these.
 */
export function readQueueUrl(url: string): QueueAddress | undefined {
  const parts = form.exec(url)?.groups;
  if (parts !== undefined) {
    const { account, name = '', path, modern, legacy } = parts;
    return { account, name, region: path ?? modern ?? legacy };
  }
  return bareName.test(url) ? { account: undefined, region: undefined, name: url } : undefined;
}

/** The URL by which the client that asks can reach the queue: its own way to us. */
export const writeQueueUrl = (context: SqsContext, name: string): string =>
  `${context.origin.endpoint}/${context.account}/${name}`;

export const queueArn = (context: Pick<SqsContext, 'partition' | 'region' | 'account'>, name: string): string =>
  `arn:${context.partition}:sqs:${context.region}:${context.account}:${name}`;

/** Name of the queue of an ARN, when it is one of this account and Region. */
export function readLocalArn(context: SqsContext, arn: string): string | undefined {
  const prefix = queueArn(context, '');
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
}

/** A queue, and the context of the account and Region that own it. */
export interface Place {
  readonly queue: Queue;
  readonly context: SqsContext;
}

/** The context of the account and Region that a `QueueUrl` names. */
export function ownerOf(url: string, context: SqsContext): { readonly name: string; readonly context: SqsContext } {
  const address = readQueueUrl(url);
  if (address === undefined) throw errors.invalidAddress(url);
  const { account = context.account, region = context.region, name } = address;
  const elsewhere = account !== context.account || region !== context.region;
  return { name, context: elsewhere ? context.elsewhere(account, region) : context };
}

export function getQueue(url: string, from: SqsContext): Place {
  const { name, context } = ownerOf(url, from);
  const queue = context.state.queues.find(name);
  if (queue === undefined) throw errors.queueDoesNotExist();
  return { queue, context };
}
