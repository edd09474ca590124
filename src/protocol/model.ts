// The API model of a service: operations and shapes, from `models/<service>.json` (written by tools/models.mjs from the
// SDK's schemas). Only what a request touches is linked: EC2 alone has 823 operations and some 4,000 shapes.
import { readDataFile } from '../kernel/data-file.ts';
import { linkModel } from './shape-link.ts';

export type Protocol = 'awsJson1_0' | 'awsJson1_1' | 'restJson1' | 'restXml' | 'awsQuery' | 'ec2Query' | 'rpcv2Cbor';

export type TimestampFormat = 'default' | 'date-time' | 'http-date' | 'epoch-seconds';

/** Traits of shapes and members, spelt as in Smithy. Flags are 1. */
export interface Traits {
  /** Method, URI template, status of success. */
  readonly http?: readonly [method: string, uri: string, status: number];
  /** Where clients of an older model send the operation; members of the body are then parameters of the query. */
  readonly olderHttp?: readonly [method: string, uri: string];
  /** Host prefix of an operation, with labels. */
  readonly endpoint?: readonly [prefix: string];
  readonly httpLabel?: 1;
  /** The label's name in the URI, where it is not the member's. */
  readonly labelName?: string;
  readonly httpQuery?: string;
  readonly httpQueryParams?: 1;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpPayload?: 1;
  readonly httpResponseCode?: 1;
  readonly hostLabel?: 1;
  readonly xmlName?: string;
  readonly xmlFlattened?: 1;
  readonly xmlAttribute?: 1;
  readonly xmlNamespace?: readonly [prefix: string, uri: string] | string;
  readonly ec2QueryName?: string;
  readonly jsonName?: string;
  readonly eventPayload?: 1;
  readonly eventHeader?: 1;
  readonly streaming?: 1;
  readonly sparse?: 1;
  readonly sensitive?: 1;
  readonly mediaType?: string;
  readonly idempotent?: 1;
  readonly idempotencyToken?: 1;
  readonly error?: 'client' | 'server';
  readonly httpError?: number;
  readonly awsQueryError?: readonly [code: string, status: number];
  /** An operation that AWS documents and no SDK has. */
  readonly unmodelled?: 1;
  /** An operation that needs no signature. */
  readonly noAuth?: 1;
}

export type NumberKind = 'integer' | 'long' | 'float' | 'double' | 'number';

export interface SimpleShape {
  readonly kind: 'string' | 'boolean' | 'document' | NumberKind;
}
export interface BlobShape {
  readonly kind: 'blob';
  /** True when it may be larger than memory: it travels as `AsyncIterable<Uint8Array>`. */
  readonly streaming: boolean;
}
export interface TimestampShape {
  readonly kind: 'timestamp';
  readonly format: TimestampFormat;
}
export interface ListShape {
  readonly kind: 'list';
  readonly name: string;
  readonly traits: Traits;
  readonly member: Target;
}
export interface MapShape {
  readonly kind: 'map';
  readonly name: string;
  readonly traits: Traits;
  readonly key: Target;
  readonly value: Target;
}
export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  readonly traits: Traits;
  /** Exactly one member is set. */
  readonly union: boolean;
  readonly error: boolean;
  readonly members: readonly Member[];
  find(name: string): Member | undefined;
}
export type Shape = SimpleShape | BlobShape | TimestampShape | ListShape | MapShape | StructureShape;

/** Where a shape is used, with the traits of that place and of the shape's alias. */
export interface Target {
  readonly shape: Shape;
  readonly traits: Traits;
}
export interface Member extends Target {
  readonly name: string;
  readonly required: boolean;
}

export interface OperationModel {
  readonly name: string;
  readonly service: ServiceModel;
  readonly traits: Traits;
  /** An operation without input or output has the empty structure. */
  readonly input: StructureShape;
  readonly output: StructureShape;
}

export interface ServiceModel {
  /** Folder name: the SDK package without `client-`. */
  readonly service: string;
  readonly sdkId: string;
  readonly apiVersion: string;
  /** `com.amazonaws.sqs`: stands before error names in `__type`. */
  readonly namespace: string;
  /** The first is the one of the model. */
  readonly protocols: readonly Protocol[];
  readonly target: string | undefined;
  readonly xmlNamespace: string | undefined;
  /** Spoke query once: errors carry their old code in `x-amzn-query-error`. */
  readonly queryCompatible: boolean;
  readonly operations: ReadonlyMap<string, OperationModel>;
  /** A named shape; errors are reached this way. */
  shape(name: string): Shape | undefined;
  /** A modelled error by shape name, or by its query code. */
  error(code: string): StructureShape | undefined;
}

const models = new Map<string, ServiceModel>();

/** The model of a service, read on first use. */
export const modelOf = (service: string): ServiceModel => {
  let model = models.get(service);
  if (model === undefined) {
    if (!/^[a-z0-9-]+$/.test(service)) throw new Error(`no service ${service}`);
    model = linkModel(readDataFile(new URL(`models/${service}.json`, import.meta.url)));
    models.set(service, model);
  }
  return model;
};

/** As `modelOf`, for callers that need not have it at once. */
export const loadModel = async (service: string): Promise<ServiceModel> => modelOf(service);
