// Services of AWS that VPC endpoints lead to, by the names that AWS gives them in a Region.
// @see https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
import { createHash } from 'node:crypto';
import { isOffered, partitionOf } from '../../../kernel/region.ts';

export interface AwsEndpointService {
  readonly name: string;
  readonly id: string;
  readonly types: readonly ('Gateway' | 'Interface')[];
  /** Names that resolve to an endpoint with private DNS. */
  readonly privateNames: readonly string[];
  readonly policies: boolean;
}

/** Those that have gateway endpoints; S3 and DynamoDB have interface endpoints, too. */
const gateways: Readonly<Record<string, readonly ('Gateway' | 'Interface')[]>> = {
  s3: ['Gateway', 'Interface'],
  dynamodb: ['Gateway', 'Interface'],
  s3express: ['Gateway', 'Interface'],
};

/** Short name of a service → the host names before the Region, where they are not the name itself. */
const hosts: Readonly<Record<string, readonly string[]>> = {
  'airflow.api': ['api.airflow'],
  'airflow.env': ['*.env.airflow'],
  appconfigdata: ['appconfigdata'],
  'appstream.api': ['appstream2'],
  'appsync-api': ['*.appsync-api'],
  'codeartifact.api': ['codeartifact'],
  'codeartifact.repositories': ['*.d.codeartifact'],
  'ecr.api': ['api.ecr'],
  'ecr.dkr': ['*.dkr.ecr'],
  'ecs-agent': ['ecs-a'],
  'ecs-telemetry': ['ecs-t'],
  'execute-api': ['*.execute-api'],
  'iot.data': ['*.iot'],
  'kinesis-firehose': ['firehose'],
  'kinesis-streams': ['kinesis'],
  'qldb.session': ['session.qldb'],
  s3: ['*.s3', '*.s3-accesspoint', '*.s3-control'],
  'sagemaker.api': ['api.sagemaker'],
  'sagemaker.featurestore-runtime': ['featurestore-runtime.sagemaker'],
  'sagemaker.runtime': ['runtime.sagemaker'],
  'transfer.server': [],
};

/** Short name → the service's name in AWS's table of what is offered where, where they differ. */
const offeredAs: Readonly<Record<string, string>> = {
  'kinesis-streams': 'kinesis',
  'kinesis-firehose': 'firehose',
  monitoring: 'cloudwatch',
  elasticfilesystem: 'efs',
  elasticloadbalancing: 'elb',
  elasticmapreduce: 'emr',
  states: 'stepfunctions',
  'ecr.api': 'ecr',
  'ecr.dkr': 'ecr',
};

const interfaces =
  `access-analyzer account acm-pca airflow.api airflow.env apigateway appconfig appconfigdata appflow application-autoscaling
  apprunner appstream.api appsync-api athena auditmanager autoscaling autoscaling-plans backup backup-gateway batch bedrock bedrock-agent
  bedrock-agent-runtime bedrock-runtime cassandra cloudformation cloudhsmv2 cloudtrail codeartifact.api codeartifact.repositories codebuild
  codecommit codedeploy codedeploy-commands-secure codeguru-profiler codeguru-reviewer codepipeline codestar-connections.api cognito-idp
  comprehend config databrew dataexchange datasync detective dms ds ebs ec2 ec2messages ecr.api ecr.dkr ecs ecs-agent ecs-telemetry eks
  eks-auth elasticache elasticbeanstalk elasticbeanstalk-health elasticfilesystem elasticloadbalancing elasticmapreduce email-smtp
  emr-containers emr-serverless events execute-api fis fsx git-codecommit glue grafana greengrass guardduty guardduty-data imagebuilder
  inspector2 iot.data kafka kendra kinesis-firehose kinesis-streams kms lakeformation lambda license-manager logs macie2 memory-db mgn
  monitoring organizations pi polly proton qldb.session ram rds rds-data redshift redshift-data redshift-serverless rekognition
  resource-groups route53resolver sagemaker.api sagemaker.featurestore-runtime sagemaker.runtime scheduler secretsmanager securityhub
  servicecatalog servicediscovery signin sns sqs ssm ssm-contacts ssm-incidents ssmmessages states storagegateway sts swf sync-states
  synthetics tagging textract timestream-write transcribe transfer transfer.server translate verifiedpermissions wafv2 workspaces xray`
    .trim()
    .split(/\s+/);

const withoutPolicies = new Set([
  'transfer.server',
  'airflow.env',
  'email-smtp',
  'ecs-agent',
  'ecs-telemetry',
  'workspaces',
]);

const known = new Map<string, readonly AwsEndpointService[]>();

/** Differs: IDs are made of the names; AWS's are not published. */
const idOf = (name: string): string => `vpce-svc-0${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;

/** The endpoint services of AWS in a Region, by name. */
export function awsEndpointServices(region: string): readonly AwsEndpointService[] {
  const before = known.get(region);
  if (before !== undefined) return before;
  const { dnsSuffix } = partitionOf(region);
  const reversed = dnsSuffix.split('.').reverse().join('.');
  const names = [...interfaces, ...Object.keys(gateways)].filter(
    (name) => isOffered(offeredAs[name] ?? name, region) !== false,
  );
  const made = names
    .map((short): AwsEndpointService => {
      const name = `${reversed}.${region}.${short}`;
      return {
        name,
        id: idOf(name),
        types: gateways[short] ?? ['Interface'],
        privateNames: (hosts[short] ?? [short]).map((host) => `${host}.${region}.${dnsSuffix}`),
        policies: !withoutPolicies.has(short),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  known.set(region, made);
  return made;
}

const publishedZones: Readonly<Record<string, string>> = {
  'us-east-1': 'Z7HUB22UULQXV',
  'us-east-2': 'ZC8PG0KIFKBRI',
  'us-west-1': 'Z12I86A8N7VCZO',
  'us-west-2': 'Z1YSA3EXCYUU9Z',
  'eu-west-1': 'Z38GZ743OKFT7T',
  'ap-northeast-1': 'Z2E726K9Y6RL4W',
};

/** The hosted zone of endpoints' names in a Region. Unknown: those of the other Regions; they are made of the names. */
export const endpointZoneId = (region: string): string =>
  publishedZones[region] ??
  `Z${createHash('sha256').update(`vpce/${region}`).digest('hex').slice(0, 13).toUpperCase()}`;
