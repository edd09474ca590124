// Does orders until none is to be had. `node worker.mjs --crash`: dies with the first one in its hands.
//
// A queue delivers at least once, so each order is written only if it has not been: what is done twice is done once.
import { ConditionalCheckFailedException, DynamoDB } from '@aws-sdk/client-dynamodb';
import { SQS } from '@aws-sdk/client-sqs';

const sqs = new SQS();
const db = new DynamoDB();
const { QueueUrl } = await sqs.getQueueUrl({ QueueName: 'order.fifo' });

async function fulfil({ customer, order, goods }) {
  if (goods === undefined) throw new Error('no goods');
  try {
    await db.putItem({
      TableName: 'order-done',
      Item: { customer: { S: customer }, order: { N: String(order) }, goods: { S: goods } },
      ConditionExpression: 'attribute_not_exists(customer)',
    });
    return 'done';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'was done already';
    throw error;
  }
}

for (;;) {
  const { Messages: [message] = [] } = await sqs.receiveMessage({
    QueueUrl,
    MaxNumberOfMessages: 1,
    MessageSystemAttributeNames: ['ApproximateReceiveCount'],
  });
  if (message === undefined) break;
  const order = JSON.parse(message.Body);
  const name = `${order.customer} ${order.order} (try ${message.Attributes.ApproximateReceiveCount})`;
  try {
    const outcome = await fulfil(order);
    if (process.argv.includes('--crash')) {
      console.log(`${name}: ${outcome}, and crashed before saying so`);
      process.exit(1);
    }
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
    console.log(`${name}: ${outcome}`);
  } catch (error) {
    // Left in the queue: it comes back when its visibility timeout is over, and after the third try goes to the other queue.
    console.log(`${name}: ${error.message}`);
  }
}
console.log('nothing to do');
