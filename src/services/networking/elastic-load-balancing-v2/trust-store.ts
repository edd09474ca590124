// Trust stores: the certificate authorities that a listener believes when it asks clients for certificates. The bundle lies in S3.
import { key } from '../../../kernel/key.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { mebibyte } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { arnOf, checkTags, chosen, dropTags, getTrustStore, page, putTags } from './find.ts';
import type { ElbContext, Operation, TrustStoreRow } from './state.ts';

interface BundleInput {
  readonly CaCertificatesBundleS3Bucket: string;
  readonly CaCertificatesBundleS3Key: string;
  readonly CaCertificatesBundleS3ObjectVersion?: string | undefined;
}

/** Limit: size of a bundle. Inferred from the number of certificates that AWS takes. */
const bundleLimitBytes = mebibyte;

/** How many certificates the bundle has; it is read as the caller, who must be allowed to. */
async function countCertificates({ aws }: ElbContext, input: BundleInput): Promise<number> {
  let text = '';
  try {
    const { Body } = await aws.call<object, { Body: Uint8Array | AsyncIterable<Uint8Array> }>('s3', 'GetObject', {
      Bucket: input.CaCertificatesBundleS3Bucket,
      Key: input.CaCertificatesBundleS3Key,
      VersionId: input.CaCertificatesBundleS3ObjectVersion,
    });
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of Body instanceof Uint8Array ? [Body] : Body) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > bundleLimitBytes) throw errors.invalidBundle();
      chunks.push(chunk);
    }
    text = Buffer.concat(chunks).toString('latin1');
  } catch (error) {
    throw error instanceof AwsError && error.code.startsWith('NoSuch') ? errors.bundleNotFound() : error;
  }
  const count = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.length ?? 0;
  if (count === 0) throw errors.invalidBundle();
  return count;
}

const showStore = ({ arn, name, certificates }: TrustStoreRow) => ({
  Name: name,
  TrustStoreArn: arn,
  Status: 'ACTIVE' as const,
  NumberOfCaCertificates: certificates,
  TotalRevokedEntries: 0,
});

const bundleOf = (input: BundleInput): TrustStoreRow['bundle'] => ({
  bucket: input.CaCertificatesBundleS3Bucket,
  key: input.CaCertificatesBundleS3Key,
  version: input.CaCertificatesBundleS3ObjectVersion,
});

export const CreateTrustStore: Operation<'CreateTrustStore'> = async (input, context) => {
  const { state, ids } = context;
  checkTags(input.Tags);
  if (state.trustStores.index('name').first({ prefix: key(input.Name) }) !== undefined)
    throw errors.duplicateTrustStore(input.Name);
  const certificates = await countCertificates(context, input);
  const arn = arnOf(context, `truststore/${input.Name}/${ids.hex(16)}`);
  const row: TrustStoreRow = { arn, name: input.Name, certificates, bundle: bundleOf(input) };
  await context.transact(() => {
    state.trustStores.put(row);
    putTags(context, arn, input.Tags);
  });
  return { TrustStores: [showStore(row)] };
};

export const ModifyTrustStore: Operation<'ModifyTrustStore'> = async (input, context) => {
  const row = getTrustStore(context, input.TrustStoreArn);
  const certificates = await countCertificates(context, input);
  const changedRow: TrustStoreRow = { ...row, certificates, bundle: bundleOf(input) };
  await context.transact(() => context.state.trustStores.put(changedRow));
  return { TrustStores: [showStore(changedRow)] };
};

const listenersWith = ({ state }: ElbContext, trustStoreArn: string) =>
  [...state.listeners.each()].filter(({ mutual }) => mutual?.TrustStoreArn === trustStoreArn);

/** The listeners that verify their clients by it. */
export const DescribeTrustStoreAssociations: Operation<'DescribeTrustStoreAssociations'> = (input, context) => {
  const { arn } = getTrustStore(context, input.TrustStoreArn);
  const { rows, NextMarker } = page(listenersWith(context, arn), input, (row) => row.arn);
  return { TrustStoreAssociations: rows.map((row) => ({ ResourceArn: row.arn })), NextMarker };
};

export const DeleteTrustStore: Operation<'DeleteTrustStore'> = ({ TrustStoreArn: arn }, context) => {
  getTrustStore(context, arn);
  if (listenersWith(context, arn).length > 0) throw errors.trustStoreInUse(arn);
  context.state.trustStores.delete(arn);
  dropTags(context, arn);
  return {};
};

export const DescribeTrustStores: Operation<'DescribeTrustStores'> = (input, context) => {
  const { TrustStoreArns = [], Names = [] } = input;
  const { trustStores } = context.state;
  const rows =
    Names.length > 0
      ? Names.map((name) => {
          const row = trustStores.index('name').first({ prefix: key(name) });
          if (row === undefined) throw errors.trustStoreNotFound(name);
          return row;
        })
      : chosen(trustStores, TrustStoreArns, (arn) => getTrustStore(context, arn));
  const { rows: some, NextMarker } = page(rows, input, (row) => row.arn);
  return { TrustStores: some.map(showStore), NextMarker };
};
