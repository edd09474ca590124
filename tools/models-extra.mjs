// Operations that AWS documents and no SDK models: a browser's form upload and its CORS preflight, and Kinesis video's
// ingestion. Written by hand after the API references, in the form of `convertSchemas`.
const header = (name, type = 0) => [type, { httpHeader: name }];

export const extras = {
  s3: {
    operations: {
      // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
      PostObject: [{ http: ['POST', '/', 204], unmodelled: 1 }, 'PostObjectRequest', 'PostObjectOutput'],
      // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
      OptionsObject: [
        { http: ['OPTIONS', '/{Key+}', 200], unmodelled: 1 },
        'OptionsObjectRequest',
        'OptionsObjectOutput',
      ],
    },
    shapes: {
      PostObjectRequest: [
        3,
        0,
        ['Bucket', 'ContentType', 'ContentLength', 'Body'],
        [[0, { httpLabel: 1 }], header('Content-Type'), header('Content-Length', 9), [42, { httpPayload: 1 }]],
        1,
      ],
      PostObjectOutput: [
        3,
        0,
        [
          'StatusCode',
          'Location',
          'ETag',
          'VersionId',
          'Expiration',
          'ServerSideEncryption',
          'SSEKMSKeyId',
          'Response',
        ],
        [
          [8, { httpResponseCode: 1 }],
          header('Location'),
          header('ETag'),
          header('x-amz-version-id'),
          header('x-amz-expiration'),
          header('x-amz-server-side-encryption'),
          header('x-amz-server-side-encryption-aws-kms-key-id'),
          ['PostResponse', { httpPayload: 1 }],
        ],
        0,
      ],
      PostResponse: [3, 0, ['Location', 'Bucket', 'Key', 'ETag'], [0, 0, 0, 0], 0],
      OptionsObjectRequest: [
        3,
        0,
        ['Bucket', 'Key', 'Origin', 'AccessControlRequestMethod', 'AccessControlRequestHeaders'],
        [
          [0, { httpLabel: 1 }],
          [0, { httpLabel: 1 }],
          header('Origin'),
          header('Access-Control-Request-Method'),
          header('Access-Control-Request-Headers'),
        ],
        1,
      ],
      OptionsObjectOutput: [
        3,
        0,
        ['AllowOrigin', 'AllowMethods', 'AllowHeaders', 'ExposeHeaders', 'MaxAgeSeconds', 'AllowCredentials', 'Vary'],
        [
          header('Access-Control-Allow-Origin'),
          header('Access-Control-Allow-Methods'),
          header('Access-Control-Allow-Headers'),
          header('Access-Control-Expose-Headers'),
          header('Access-Control-Max-Age', 8),
          header('Access-Control-Allow-Credentials'),
          header('Vary'),
        ],
        0,
      ],
    },
  },
  'kinesis-video-media': {
    operations: {
      // https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_PutMedia.html
      PutMedia: [{ http: ['POST', '/putMedia', 200], unmodelled: 1 }, 'PutMediaInput', 'PutMediaOutput'],
    },
    shapes: {
      PutMediaInput: [
        3,
        0,
        ['FragmentTimecodeType', 'StreamName', 'StreamARN', 'ProducerStartTimestamp', 'Payload'],
        [
          header('x-amzn-fragment-timecode-type'),
          header('x-amzn-stream-name'),
          header('x-amzn-stream-arn'),
          header('x-amzn-producer-start-timestamp', 7),
          [42, { httpPayload: 1 }],
        ],
        1,
      ],
      PutMediaOutput: [3, 0, ['Payload'], [[42, { httpPayload: 1 }]], 0],
    },
  },
};

/** A model with its extra operations. */
export const withExtras = (service, { operations, shapes }) => {
  const extra = extras[service];
  if (extra === undefined) return { operations, shapes };
  return { operations: { ...operations, ...extra.operations }, shapes: { ...shapes, ...extra.shapes } };
};
