// Facts: what a service announces and others may listen to. Delivered as jobs, so none is lost and time stays one line.
// A service declares its facts' types in its `facts.ts`; listeners import only those types.

export interface Facts {
  /** Inside a transaction. Costs nothing when nobody listens. The name starts with the service's: `s3.ObjectCreated`. */
  publish(name: string, data: object): void;
}
