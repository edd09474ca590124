// Quotas that AWS has, with the names and defaults that Service Quotas tells. Those of services that are here are what these services
// go by; a test holds both to the same values.
// @see https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html

export interface QuotaFact {
  readonly service: string;
  readonly code: string;
  readonly name: string;
  readonly value: number;
  readonly adjustable: boolean;
  /** One value for all Regions. */
  readonly global: boolean;
}

/** Service code → name, as Service Quotas writes them. */
export const serviceNames: Readonly<Record<string, string>> = {
  acm: 'AWS Certificate Manager (ACM)',
  apigateway: 'Amazon API Gateway',
  'application-autoscaling': 'Application Auto Scaling',
  athena: 'Amazon Athena',
  autoscaling: 'Amazon EC2 Auto Scaling',
  cloudformation: 'AWS CloudFormation',
  cloudfront: 'Amazon CloudFront',
  dynamodb: 'Amazon DynamoDB',
  ebs: 'Amazon Elastic Block Store (Amazon EBS)',
  ec2: 'Amazon Elastic Compute Cloud (Amazon EC2)',
  ecr: 'Amazon Elastic Container Registry (Amazon ECR)',
  ecs: 'Amazon Elastic Container Service (Amazon ECS)',
  eks: 'Amazon Elastic Kubernetes Service (Amazon EKS)',
  elasticfilesystem: 'Amazon Elastic File System (EFS)',
  elasticloadbalancing: 'Elastic Load Balancing (ELB)',
  events: 'Amazon EventBridge (CloudWatch Events)',
  fargate: 'AWS Fargate',
  firehose: 'Amazon Kinesis Data Firehose',
  iam: 'AWS Identity and Access Management (IAM)',
  kinesis: 'Amazon Kinesis Data Streams',
  kms: 'AWS Key Management Service (AWS KMS)',
  lambda: 'AWS Lambda',
  logs: 'Amazon CloudWatch Logs',
  monitoring: 'Amazon CloudWatch',
  rds: 'Amazon Relational Database Service (Amazon RDS)',
  redshift: 'Amazon Redshift',
  route53: 'Amazon Route 53',
  s3: 'Amazon Simple Storage Service (Amazon S3)',
  secretsmanager: 'AWS Secrets Manager',
  servicequotas: 'Service Quotas',
  sns: 'Amazon Simple Notification Service (Amazon SNS)',
  sqs: 'Amazon Simple Queue Service (Amazon SQS)',
  ssm: 'AWS Systems Manager',
  states: 'AWS Step Functions',
  vpc: 'Amazon Virtual Private Cloud (Amazon VPC)',
};

type Row = readonly [code: string, name: string, value: number, kind?: 'fixed' | 'global'];

const rows: Readonly<Record<string, readonly Row[]>> = {
  vpc: [
    ['L-F678F1CE', 'VPCs per Region', 5],
    ['L-407747CB', 'Subnets per VPC', 200],
    ['L-83CA0A9D', 'IPv4 CIDR blocks per VPC', 5],
    ['L-A4707A72', 'Internet gateways per Region', 5],
    ['L-45FE3B85', 'Egress-only internet gateways per Region', 5],
    ['L-FE5A380F', 'NAT gateways per Availability Zone', 5],
    ['L-5F53652F', 'Elastic IP address quota per NAT gateway', 2],
    ['L-E79EC296', 'VPC security groups per Region', 2_500],
    ['L-0EA8095F', 'Inbound or outbound rules per security group', 60],
    ['L-2AFB9258', 'Security groups per network interface', 5],
    ['L-B4A6D682', 'Network ACLs per VPC', 200],
    ['L-2AEEBF1A', 'Rules per network ACL', 20],
    ['L-589F43AA', 'Route tables per VPC', 200],
    ['L-93826ACB', 'Routes per route table', 500],
    ['L-DF5E4CA3', 'Network interfaces per Region', 5_000],
    ['L-7E9ECCDB', 'Active VPC peering connections per VPC', 50],
    ['L-DC9F7029', 'Outstanding VPC peering connection requests', 25],
    ['L-1B52E74A', 'Gateway VPC endpoints per Region', 20],
    ['L-29B6F2EB', 'Interface VPC endpoints per VPC', 50],
  ],
  ec2: [
    ['L-0263D0A3', 'EC2-VPC Elastic IPs', 5],
    ['L-1216C47A', 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 20_480],
    ['L-34B43A08', 'All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests', 20_480],
    ['L-74FC7D96', 'Running On-Demand F instances', 1_920],
    ['L-88CF9481', 'All F Spot Instance Requests', 1_920],
    ['L-DB2E81BA', 'Running On-Demand G and VT instances', 3_840],
    ['L-3819A6DF', 'All G and VT Spot Instance Requests', 3_840],
    ['L-1945791B', 'Running On-Demand Inf instances', 1_920],
    ['L-B5D1601B', 'All Inf Spot Instance Requests', 1_920],
    ['L-6E869C2A', 'Running On-Demand DL instances', 1_920],
    ['L-85EED4F7', 'All DL Spot Instance Requests', 1_920],
    ['L-2C3B7624', 'Running On-Demand Trn instances', 1_920],
    ['L-6B0D517C', 'All Trn Spot Instance Requests', 1_920],
    ['L-417A185B', 'Running On-Demand P instances', 1_920],
    ['L-7212CCBC', 'All P4, P3 and P2 Spot Instance Requests', 1_920],
    ['L-7295265B', 'Running On-Demand X instances', 1_920],
    ['L-E3A00192', 'All X Spot Instance Requests', 1_920],
    ['L-43DA4232', 'Running On-Demand High Memory instances', 3_584],
    ['L-F7808C92', 'Running On-Demand HPC instances', 1_920],
    ['L-7029FAB6', 'Virtual private gateways per region', 5],
    ['L-4FB7FF5D', 'Customer gateways per region', 50],
    ['L-3E6EC3A3', 'VPN connections per region', 50],
    ['L-A2478D36', 'Transit gateways per account', 5],
    ['L-E0233F82', 'Attachments per transit gateway', 5_000],
  ],
  ebs: [['L-309BACF6', 'Snapshots per Region', 100_000]],
  elasticloadbalancing: [
    ['L-53DA6B97', 'Application Load Balancers per Region', 50],
    ['L-69A177A2', 'Network Load Balancers per Region', 50],
    ['L-E9E9831D', 'Classic Load Balancers per Region', 20],
    ['L-B22855CB', 'Target Groups per Region', 3_000],
    ['L-B6DF7632', 'Listeners per Application Load Balancer', 50],
  ],
  autoscaling: [
    ['L-CDE20ADC', 'Auto Scaling groups per region', 500],
    ['L-6B80B8FA', 'Launch configurations per region', 200],
  ],
  lambda: [
    ['L-B99A9384', 'Concurrent executions', 1_000],
    ['L-2ACBD22F', 'Function and layer storage', 75],
  ],
  iam: [
    ['L-FE177D64', 'Roles per account', 1_000, 'global'],
    ['L-0DA4ABF3', 'Managed policies per role', 10, 'global'],
    ['L-E95E4862', 'Customer managed policies per account', 1_500, 'global'],
    ['L-F4A5425F', 'Groups per account', 300, 'global'],
    ['L-F55AF5E4', 'Users per account', 5_000, 'global'],
  ],
  s3: [['L-DC2B2D3D', 'General purpose buckets', 10_000, 'global']],
  rds: [['L-7B6409FD', 'DB instances', 40]],
  dynamodb: [['L-F98FE922', 'Maximum number of tables', 2_500]],
  cloudformation: [['L-0485CB21', 'Stack count', 2_000]],
  sns: [['L-61103206', 'Topics per Account', 100_000]],
  kms: [['L-C2F1777E', 'Customer Master Keys (CMKs)', 100_000]],
  ecs: [
    ['L-21C621EB', 'Clusters per account', 10_000],
    ['L-9EF96962', 'Services per cluster', 5_000],
  ],
  eks: [['L-1194D53C', 'Clusters', 100]],
  fargate: [['L-3032A538', 'Fargate On-Demand vCPU resource count', 6]],
  route53: [['L-4EA4796A', 'Hosted zones', 500, 'global']],
  acm: [['L-F141DD1D', 'ACM certificates', 2_500]],
};

const made: readonly QuotaFact[] = Object.entries(rows).flatMap(([service, list]) =>
  list.map(([code, name, value, kind]) => ({
    service,
    code,
    name,
    value,
    adjustable: kind !== 'fixed',
    global: kind === 'global',
  })),
);

/** Quotas of a service, in order of code. */
export const quotasOf = (service: string): QuotaFact[] =>
  made.filter((fact) => fact.service === service).sort((a, b) => (a.code < b.code ? -1 : 1));

export const findQuota = (service: string, code: string): QuotaFact | undefined =>
  made.find((fact) => fact.service === service && fact.code === code);
