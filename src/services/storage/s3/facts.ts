// What S3 announces, beside the queues to which it sends itself. Types only.

/** Fact `s3.Event`: something happened to an object, and somebody configured wants to know. */
export interface S3Event {
  /** `ObjectCreated:Put`. */
  readonly name: string;
  /** The bucket's account and Region. */
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  /** One event of the notification message, as JSON has it; `configurationId` is empty. */
  readonly record: object;
  /** Topics and functions of the bucket's configuration that match. */
  readonly destinations: readonly {
    readonly kind: 'topic' | 'function';
    readonly arn: string;
    readonly configurationId: string;
  }[];
  /** True when the bucket sends all events to EventBridge; `detail` and its type are made for it. */
  readonly eventBridge?: { readonly detailType: string; readonly detail: object } | undefined;
}
