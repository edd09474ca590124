// The errors of authentication, in each family's words.
//
// Evidence: messages of JSON and query services are those that users report and that AWS's troubleshooting page shows; S3's are
// those of its list of errors and of reports. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
// Unknown: statuses of malformed credentials; JSON services are taken to answer 400 and REST ones 403, as for wrong signatures.
import { createHash } from 'node:crypto';
import type { Credential as ShownCredential } from '../../kernel/authority.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Protocol } from '../model.ts';
import type { Credential, Defect } from './credential.ts';
import { timestampText } from './timestamp.ts';

/** Families of services that word these errors alike. */
export type SignatureStyle = 's3' | 'ec2' | 'query' | 'json' | 'rest-json';

const styles: Readonly<Record<Protocol, SignatureStyle>> = {
  ec2Query: 'ec2',
  awsQuery: 'query',
  restXml: 'query',
  restJson1: 'rest-json',
  awsJson1_0: 'json',
  awsJson1_1: 'json',
  rpcv2Cbor: 'json',
};

/** The style of a service (by folder name) and the protocol in which it is spoken to. */
export const signatureStyleOf = (service: string, protocol: Protocol): SignatureStyle =>
  service === 's3' || service === 's3-control' ? 's3' : styles[protocol];

interface Words {
  readonly code: string;
  readonly status: number;
}

const words = (code: string, status: number): Words => ({ code, status });

/** Codes by style. JSON services add `Exception`; EC2 says the same to whatever cannot be believed. */
const codes = {
  missing: {
    s3: words('AccessDenied', 403),
    ec2: words('AuthFailure', 401),
    query: words('MissingAuthenticationToken', 403),
    json: words('MissingAuthenticationTokenException', 400),
    'rest-json': words('MissingAuthenticationTokenException', 403),
  },
  incomplete: {
    s3: words('AuthorizationHeaderMalformed', 400),
    ec2: words('AuthFailure', 401),
    query: words('IncompleteSignature', 403),
    json: words('IncompleteSignatureException', 400),
    'rest-json': words('IncompleteSignatureException', 403),
  },
  unknownKey: {
    s3: words('InvalidAccessKeyId', 403),
    ec2: words('AuthFailure', 401),
    query: words('InvalidClientTokenId', 403),
    json: words('UnrecognizedClientException', 400),
    'rest-json': words('UnrecognizedClientException', 403),
  },
  mismatch: {
    s3: words('SignatureDoesNotMatch', 403),
    ec2: words('AuthFailure', 401),
    query: words('SignatureDoesNotMatch', 403),
    json: words('InvalidSignatureException', 400),
    'rest-json': words('InvalidSignatureException', 403),
  },
  expiredToken: {
    s3: words('ExpiredToken', 400),
    ec2: words('RequestExpired', 400),
    query: words('ExpiredToken', 403),
    json: words('ExpiredTokenException', 400),
    'rest-json': words('ExpiredTokenException', 403),
  },
} as const satisfies Record<string, Record<SignatureStyle, Words>>;

const refuse = ({ code, status }: Words, message: string, members: Record<string, unknown> = {}): AwsError =>
  new AwsError(code, status, message, members);

const notValidated = 'AWS was not able to validate the provided access credentials';

/** No credential where one is needed. */
export const missingToken = (style: SignatureStyle): AwsError => {
  if (style === 's3') return refuse(codes.missing.s3, 'Access Denied');
  if (style === 'ec2') return refuse(codes.missing.ec2, notValidated);
  const message = style === 'rest-json' ? 'Missing Authentication Token' : 'Request is missing Authentication Token';
  return refuse(codes.missing[style], message);
};

/** A key that nobody has, or that is inactive, or whose session token is another's. */
export const unknownKey = (style: SignatureStyle, accessKeyId: string): AwsError => {
  if (style === 's3')
    return refuse(codes.unknownKey.s3, 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: accessKeyId,
    });
  if (style === 'ec2') return refuse(codes.unknownKey.ec2, notValidated);
  return refuse(codes.unknownKey[style], 'The security token included in the request is invalid.');
};

export const expiredToken = (style: SignatureStyle, token: string): AwsError => {
  if (style === 's3') return refuse(codes.expiredToken.s3, 'The provided token has expired.', { 'Token-0': token });
  if (style === 'ec2') return refuse(codes.expiredToken.ec2, 'Request has expired.');
  return refuse(codes.expiredToken[style], 'The security token included in the request is expired');
};

/**
 * An error of authentication in the words of a style, for what threw it without knowing the protocol (IAM: `InvalidClientTokenId`,
 * `ExpiredToken`, `MissingAuthenticationToken`). Others come back as they are.
 */
export function inStyle(error: AwsError, style: SignatureStyle, credential?: ShownCredential): AwsError {
  if (error.code === 'InvalidClientTokenId') return unknownKey(style, credential?.accessKeyId ?? '');
  if (error.code === 'ExpiredToken') return expiredToken(style, credential?.sessionToken ?? '');
  return error.code === 'MissingAuthenticationToken' ? missingToken(style) : error;
}

const headerProblem = (defect: Defect, header: string): string => {
  switch (defect.kind) {
    case 'word':
      return `'${defect.value}' not a valid key=value pair (missing equal-sign) in Authorization header: '${header}'.`;
    case 'missing':
      return `${defect.names
        .map((name) =>
          name === 'X-Amz-Date'
            ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
            : `Authorization header requires '${name}' parameter.`,
        )
        .join(' ')} Authorization=${header.split(' ', 1)[0]}`;
    case 'credential':
      return `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${defect.value}'`;
    case 'date':
      return `Date must be in ISO-8601 'basic format'. Got '${defect.value}'. See http://en.wikipedia.org/wiki/ISO_8601`;
    case 'algorithm':
      return `Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=${header}`;
    default:
      return `Authorization=${header}`;
  }
};

const s3Malformed = (problem: string): AwsError =>
  refuse(codes.incomplete.s3, `The authorization header is malformed; ${problem}`);
const s3BadQuery = (message: string): AwsError => new AwsError('AuthorizationQueryParametersError', 400, message);
const s3Unsupported = (): AwsError =>
  new AwsError(
    'InvalidRequest',
    400,
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  );

function s3HeaderDefect(defect: Defect, credential: Credential, header: string): AwsError {
  switch (defect.kind) {
    case 'version2':
      return s3Unsupported();
    case 'algorithm':
      return new AwsError('InvalidArgument', 400, 'Unsupported Authorization Type', {
        ArgumentName: 'Authorization',
        ArgumentValue: header,
      });
    case 'missing':
      return defect.names.includes('X-Amz-Date')
        ? new AwsError('AccessDenied', 403, 'AWS authentication requires a valid Date or x-amz-date header')
        : s3Malformed('the authorization header requires three components: Credential, SignedHeaders, and Signature.');
    case 'date':
      return new AwsError('AccessDenied', 403, 'AWS authentication requires a valid Date or x-amz-date header');
    case 'credential':
      return s3Malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
    case 'scopeDate':
      return s3Malformed(
        `Invalid credential date "${defect.value}". This date is not the same as X-Amz-Date: "${credential.timestamp?.text.slice(0, 8)}".`,
      );
    default:
      return s3Malformed(`the authorization component "${'value' in defect ? defect.value : ''}" is malformed.`);
  }
}

function s3QueryDefect(defect: Defect): AwsError {
  switch (defect.kind) {
    case 'version2':
      return s3Unsupported();
    case 'algorithm':
      return s3BadQuery('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"');
    case 'missing':
      return s3BadQuery(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      );
    case 'expires':
      if (defect.value.startsWith('-')) return s3BadQuery('X-Amz-Expires must be non-negative');
      return /^\d+$/.test(defect.value)
        ? s3BadQuery(
            'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
          )
        : s3BadQuery('X-Amz-Expires should be a number');
    case 'date':
      return s3BadQuery(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
    case 'scopeDate':
      return s3BadQuery(`Invalid credential date "${defect.value}". This date is not the same as X-Amz-Date.`);
    default:
      return s3BadQuery(
        'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      );
  }
}

/** What is said to a credential that cannot be read; undefined when nothing is wrong with it. */
export function malformed(
  credential: Credential,
  header: string | undefined,
  style: SignatureStyle,
): AwsError | undefined {
  const { defect, place } = credential;
  const isS3 = style === 's3';
  // Only S3 presigns with a lifetime that must be there.
  const lacksExpires = isS3 && place === 'query' && defect === undefined && credential.expiresSeconds === undefined;
  if (lacksExpires) return s3QueryDefect({ kind: 'missing', names: ['X-Amz-Expires'] });
  if (defect === undefined || (defect.kind === 'expires' && !isS3)) return undefined;
  if (isS3) return place === 'query' ? s3QueryDefect(defect) : s3HeaderDefect(defect, credential, header ?? '');
  if (style === 'ec2') return refuse(codes.incomplete.ec2, notValidated);
  if (defect.kind === 'scopeDate') {
    const { text = '' } = credential.timestamp ?? {};
    return refuse(
      codes.mismatch[style],
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${defect.value}' != '${text.slice(0, 8)}', from '${text}'.`,
    );
  }
  if (place === 'query' && defect.kind === 'missing')
    return refuse(
      codes.incomplete[style],
      defect.names.map((name) => `AWS query-string parameters must include '${name}'.`).join(' '),
    );
  return refuse(codes.incomplete[style], headerProblem(defect, header ?? ''));
}

/** How far the clocks may be apart: JSON services five minutes, others fifteen. */
export const skewMinutes = (style: SignatureStyle): number => (style === 'json' || style === 'rest-json' ? 5 : 15);

/** The request's time is too far from now. */
export function skewed(credential: Credential, nowMs: number, style: SignatureStyle): AwsError {
  const { text = '', epochMs = 0 } = credential.timestamp ?? {};
  const minutes = skewMinutes(style);
  if (style === 's3')
    return new AwsError(
      'RequestTimeTooSkewed',
      403,
      'The difference between the request time and the current time is too large.',
      {
        RequestTime: text,
        ServerTime: iso(nowMs),
        MaxAllowedSkewMilliseconds: minutes * 60_000,
      },
    );
  if (style === 'ec2') return new AwsError('RequestExpired', 400, 'Request has expired.');
  const now = timestampText(nowMs);
  const message =
    epochMs < nowMs
      ? `Signature expired: ${text} is now earlier than ${timestampText(nowMs - minutes * 60_000)} (${now} - ${minutes} min.)`
      : `Signature not yet current: ${text} is still later than ${timestampText(nowMs + minutes * 60_000)} (${now} + ${minutes} min.)`;
  return refuse(codes.mismatch[style], message);
}

const iso = (epochMs: number): string => `${new Date(epochMs).toISOString().slice(0, 19)}Z`;

/** A presigned URL of S3 after its time, or before it. */
export const presignedExpired = (credential: Credential, nowMs: number): AwsError =>
  new AwsError('AccessDenied', 403, 'Request has expired', {
    'X-Amz-Expires': credential.expiresSeconds,
    Expires: iso((credential.timestamp?.epochMs ?? 0) + (credential.expiresSeconds ?? 0) * 1000),
    ServerTime: iso(nowMs),
  });
export const presignedEarly = (credential: Credential, nowMs: number): AwsError =>
  new AwsError('AccessDenied', 403, 'Request is not valid yet', {
    'X-Amz-Date': credential.timestamp?.text,
    ServerTime: iso(nowMs),
  });

/** S3 wants the payload's hash stated, if only as `UNSIGNED-PAYLOAD`. */
export const missingPayloadHash = (): AwsError =>
  new AwsError('InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256');

const spacedHex = (text: string): string =>
  Buffer.from(text)
    .toString('hex')
    .replaceAll(/(..)(?!$)/g, '$1 ');

/** Services that do not say what should have been signed. */
const silent = new Set(['iam', 'sts', 'dynamodb']);

/** The signature is another than the one computed. */
export function mismatch(credential: Credential, canonical: string, toSign: string, style: SignatureStyle): AwsError {
  if (style === 'ec2') return refuse(codes.mismatch.ec2, notValidated);
  if (style === 's3')
    return refuse(
      codes.mismatch.s3,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      {
        AWSAccessKeyId: credential.accessKeyId,
        StringToSign: toSign,
        SignatureProvided: credential.signature,
        StringToSignBytes: spacedHex(toSign),
        CanonicalRequest: canonical,
        CanonicalRequestBytes: spacedHex(canonical),
      },
    );
  const explanation = silent.has(credential.service)
    ? ''
    : `\n\nThe Canonical String for this request should have been\n'${canonical}'\n\nThe String-to-Sign should have been\n'${toSign}'\n`;
  return refuse(
    codes.mismatch[style],
    `The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.${explanation}`,
  );
}

export const sha256Hex = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
