// Operations whose action has another name than they, or that need several, as the service authorization reference and the
// services' guides say.
//
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html

/** Operation → action, or actions; with a prefix where it is another service's. */
type Renamed = Readonly<Record<string, string | readonly string[]>>;

const s3: Renamed = {
  CompleteMultipartUpload: 'PutObject',
  CreateBucketMetadataConfiguration: 'CreateBucketMetadataTableConfiguration',
  CreateMultipartUpload: 'PutObject',
  CreateSession: 's3express:CreateSession',
  DeleteBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  DeleteBucketCors: 'PutBucketCORS',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  DeleteBucketInventoryConfiguration: 'PutInventoryConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  DeleteBucketMetadataConfiguration: 'DeleteBucketMetadataTableConfiguration',
  DeleteBucketMetricsConfiguration: 'PutMetricsConfiguration',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketTagging: 'PutBucketTagging',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  GetBucketAnalyticsConfiguration: 'GetAnalyticsConfiguration',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  GetBucketIntelligentTieringConfiguration: 'GetIntelligentTieringConfiguration',
  GetBucketInventoryConfiguration: 'GetInventoryConfiguration',
  GetBucketLifecycle: 'GetLifecycleConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  GetBucketMetadataConfiguration: 'GetBucketMetadataTableConfiguration',
  GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  GetBucketReplication: 'GetReplicationConfiguration',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  HeadBucket: 'ListBucket',
  HeadObject: 'GetObject',
  ListBucketAnalyticsConfigurations: 'GetAnalyticsConfiguration',
  ListBucketIntelligentTieringConfigurations: 'GetIntelligentTieringConfiguration',
  ListBucketInventoryConfigurations: 'GetInventoryConfiguration',
  ListBucketMetricsConfigurations: 'GetMetricsConfiguration',
  ListBuckets: 'ListAllMyBuckets',
  ListDirectoryBuckets: 's3express:ListAllMyDirectoryBuckets',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  ListObjectVersions: 'ListBucketVersions',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListParts: 'ListMultipartUploadParts',
  PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
  PutBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  PutBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  PutBucketInventoryConfiguration: 'PutInventoryConfiguration',
  PutBucketLifecycle: 'PutLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  PutBucketMetricsConfiguration: 'PutMetricsConfiguration',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  PutBucketReplication: 'PutReplicationConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  SelectObjectContent: 'GetObject',
  UploadPart: 'PutObject',
  WriteGetObjectResponse: 's3-object-lambda:WriteGetObjectResponse',
};

/** Buckets of S3 Control are those on Outposts. */
const s3Control: Renamed = {
  DeleteAccessPointScope: 's3express:DeleteAccessPointScope',
  DeleteBucketLifecycleConfiguration: 's3-outposts:PutLifecycleConfiguration',
  DeleteBucketReplication: 's3-outposts:PutReplicationConfiguration',
  DeleteBucketTagging: 's3-outposts:PutBucketTagging',
  DeletePublicAccessBlock: 'PutAccountPublicAccessBlock',
  GetAccessPointScope: 's3express:GetAccessPointScope',
  GetBucket: 's3-outposts:GetBucket',
  GetBucketLifecycleConfiguration: 's3-outposts:GetLifecycleConfiguration',
  GetBucketReplication: 's3-outposts:GetReplicationConfiguration',
  GetPublicAccessBlock: 'GetAccountPublicAccessBlock',
  ListAccessPointsForDirectoryBuckets: 's3express:ListAccessPointsForDirectoryBuckets',
  ListRegionalBuckets: 's3-outposts:ListRegionalBuckets',
  PutAccessPointScope: 's3express:PutAccessPointScope',
  PutBucketLifecycleConfiguration: 's3-outposts:PutLifecycleConfiguration',
  PutBucketReplication: 's3-outposts:PutReplicationConfiguration',
  PutPublicAccessBlock: 'PutAccountPublicAccessBlock',
};

const keyspaces: Renamed = {
  CreateKeyspace: 'Create',
  CreateTable: 'Create',
  CreateType: 'Create',
  DeleteKeyspace: 'Drop',
  DeleteTable: 'Drop',
  DeleteType: 'Drop',
  GetKeyspace: 'Select',
  GetTable: 'Select',
  GetTableAutoScalingSettings: 'Select',
  GetType: 'Select',
  ListKeyspaces: 'Select',
  ListTables: 'Select',
  ListTagsForResource: 'Select',
  ListTypes: 'Select',
  RestoreTable: 'Restore',
  UpdateKeyspace: 'Alter',
  UpdateTable: 'Alter',
};

const neptunedata: Renamed = {
  CancelGremlinQuery: 'CancelQuery',
  CancelOpenCypherQuery: 'CancelQuery',
  DeletePropertygraphStatistics: 'DeleteStatistics',
  DeleteSparqlStatistics: 'DeleteStatistics',
  ExecuteFastReset: 'ResetDatabase',
  ExecuteGremlinExplainQuery: 'ReadDataViaQuery',
  ExecuteGremlinProfileQuery: 'ReadDataViaQuery',
  ExecuteGremlinQuery: 'ReadDataViaQuery',
  ExecuteOpenCypherExplainQuery: 'ReadDataViaQuery',
  ExecuteOpenCypherQuery: 'ReadDataViaQuery',
  GetGremlinQueryStatus: 'GetQueryStatus',
  GetOpenCypherQueryStatus: 'GetQueryStatus',
  GetPropertygraphStatistics: 'GetStatisticsStatus',
  GetPropertygraphStream: 'GetStreamRecords',
  GetPropertygraphSummary: 'GetGraphSummary',
  GetRDFGraphSummary: 'GetGraphSummary',
  GetSparqlStatistics: 'GetStatisticsStatus',
  GetSparqlStream: 'GetStreamRecords',
  ListGremlinQueries: 'GetQueryStatus',
  ListOpenCypherQueries: 'GetQueryStatus',
  ManagePropertygraphStatistics: 'ManageStatistics',
  ManageSparqlStatistics: 'ManageStatistics',
};

const renamed: Readonly<Record<string, Renamed>> = {
  accessanalyzer: { GetFindingV2: 'GetFinding', ListFindingsV2: 'ListFindings' },
  cloudfront: { CreateDistributionWithTags: ['CreateDistribution', 'TagResource'] },
  keyspaces,
  kms: { ReEncrypt: ['ReEncryptFrom', 'ReEncryptTo'] },
  lambda: {
    GetLayerVersionByArn: 'GetLayerVersion',
    Invoke: 'InvokeFunction',
    InvokeAsync: 'InvokeFunction',
    InvokeWithResponseStream: 'InvokeFunction',
  },
  neptunedata,
  quicksight: {
    DescribeAnalysisDefinition: 'DescribeAnalysis',
    DescribeDashboardDefinition: 'DescribeDashboard',
    DescribeTemplateDefinition: 'DescribeTemplate',
  },
  'redshift-data': { GetStatementResultV2: 'GetStatementResult' },
  s3,
  's3-control': s3Control,
  sns: { PublishBatch: 'Publish' },
  sqs: {
    ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
    DeleteMessageBatch: 'DeleteMessage',
    SendMessageBatch: 'SendMessage',
  },
  'timestream-query': { Query: 'Select' },
};

/** Actions of an operation, without the prefix where it is the service's own; undefined when it is named as the operation. */
export function renamedActions(service: string, operation: string): readonly string[] | undefined {
  const names = Object.hasOwn(renamed, service) ? renamed[service] : undefined;
  const found = names !== undefined && Object.hasOwn(names, operation) ? names[operation] : undefined;
  return typeof found === 'string' ? [found] : found;
}
