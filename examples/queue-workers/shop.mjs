// Takes orders of two customers. The last one of ann is sent twice, as by a client that did not hear the answer.
import { SQS } from '@aws-sdk/client-sqs';

const sqs = new SQS();
const { QueueUrl } = await sqs.getQueueUrl({ QueueName: 'order.fifo' });

const orders = [
  { customer: 'ann', order: 1, goods: 'moss' },
  { customer: 'bob', order: 1, goods: 'gravel' },
  { customer: 'ann', order: 2, goods: 'lantern' },
  { customer: 'bob', order: 2 }, // goods are missing: no worker can do this one
  { customer: 'ann', order: 3, goods: 'bridge' },
  { customer: 'ann', order: 3, goods: 'bridge' },
  { customer: 'bob', order: 3, goods: 'maple' },
];

for (const order of orders) {
  const { SequenceNumber } = await sqs.sendMessage({
    QueueUrl,
    MessageBody: JSON.stringify(order),
    MessageGroupId: order.customer,
    MessageDeduplicationId: `${order.customer}-${order.order}`,
  });
  console.log(`sent ${order.customer} ${order.order}: sequence number ${SequenceNumber}`);
}
