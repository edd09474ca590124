// A small application: a lending library. Books are rows of a table, their covers are objects, and reminders wait in a queue.
// It is given its clients, and knows nothing of tests.

const TableName = 'loan';
const Bucket = 'covers';
const QueueName = 'reminders';

/** The longest delay that a queue knows, in seconds. */
const longestDelay = 900;

export class Library {
  #db;
  #s3;
  #sqs;
  #now;

  constructor({ db, s3, sqs, now = () => new Date() }) {
    this.#db = db;
    this.#s3 = s3;
    this.#sqs = sqs;
    this.#now = now;
  }

  /** What the library stands on; Terraform or CDK would make it elsewhere. `untilReady`: waits for the table, seconds in AWS. */
  async build(untilReady) {
    await this.#db.createTable({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'book', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'book', KeyType: 'HASH' }],
    });
    await untilReady();
    await this.#db.updateTimeToLive({ TableName, TimeToLiveSpecification: { AttributeName: 'due', Enabled: true } });
    await this.#s3.createBucket({ Bucket });
    await this.#sqs.createQueue({ QueueName });
  }

  /** Lends a book for so many seconds; false when somebody else has it. */
  async lend(book, reader, seconds) {
    const due = Math.floor(this.#now().getTime() / 1000) + seconds;
    try {
      await this.#db.putItem({
        TableName,
        Item: { book: { S: book }, reader: { S: reader }, due: { N: String(due) } },
        ConditionExpression: 'attribute_not_exists(book)',
      });
    } catch (error) {
      if (error.name === 'ConditionalCheckFailedException') return false;
      throw error;
    }
    const { QueueUrl } = await this.#sqs.getQueueUrl({ QueueName });
    await this.#sqs.sendMessage({
      QueueUrl,
      MessageBody: `${reader}: ${book} is due`,
      DelaySeconds: Math.min(seconds, longestDelay),
    });
    return true;
  }

  async readerOf(book) {
    const { Item } = await this.#db.getItem({ TableName, Key: { book: { S: book } }, ConsistentRead: true });
    return Item?.reader.S;
  }

  async reminders() {
    const { QueueUrl } = await this.#sqs.getQueueUrl({ QueueName });
    const { Messages = [] } = await this.#sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    return Messages.map(({ Body }) => Body);
  }

  async putCover(book, picture) {
    await this.#s3.putObject({ Bucket, Key: book, Body: picture, ContentType: 'image/svg+xml' });
  }

  /** The cover, or a plain one when there is none. */
  async coverOf(book) {
    try {
      const { Body } = await this.#s3.getObject({ Bucket, Key: book });
      return await Body.transformToString();
    } catch (error) {
      if (error.name === 'NoSuchKey') return '<svg/>';
      throw error;
    }
  }
}
