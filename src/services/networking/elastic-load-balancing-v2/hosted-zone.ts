// The Route 53 zones in which the names of load balancers live, for alias records. Facts of AWS's own tables.
// @see https://docs.aws.amazon.com/general/latest/gr/elb.html

const application: Readonly<Record<string, string>> = {
  'us-east-2': 'Z3AADJGX6KTTL2',
  'us-east-1': 'Z35SXDOTRQ7X7K',
  'us-west-1': 'Z368ELLRRE2KJ0',
  'us-west-2': 'Z1H1FL5HABSF5',
  'af-south-1': 'Z268VQBMOI5EKX',
  'ap-east-1': 'Z3DQVH9N71FHZ0',
  'ap-southeast-3': 'Z08888821HLRG5A9ZRTER',
  'ap-south-1': 'ZP97RAFLXTNZK',
  'ap-northeast-3': 'Z5LXEXXYW11ES',
  'ap-northeast-2': 'ZWKZPGTI48KDX',
  'ap-southeast-1': 'Z1LMS91P8CMLE5',
  'ap-southeast-2': 'Z1GM3OXH4ZPM65',
  'ap-northeast-1': 'Z14GRHDCWA56QT',
  'ca-central-1': 'ZQSVJUPU6J1EY',
  'eu-central-1': 'Z215JYRZR1TBD5',
  'eu-west-1': 'Z32O12XQLNTSW2',
  'eu-west-2': 'ZHURV8PSTC4K8',
  'eu-south-1': 'Z3ULH7SSC9OV64',
  'eu-west-3': 'Z3Q77PNBQS71R4',
  'eu-north-1': 'Z23TAZ6LKFMNIO',
  'me-south-1': 'ZS929ML54UICD',
  'sa-east-1': 'Z2P70J7HTTTPLU',
};

const network: Readonly<Record<string, string>> = {
  'us-east-2': 'ZLMOA37VPKANP',
  'us-east-1': 'Z26RNL4JYFTOTI',
  'us-west-1': 'Z24FKFUX50B4VW',
  'us-west-2': 'Z18D5FSROUN65G',
  'ap-south-1': 'ZVDDRBQ08TROA',
  'ap-northeast-2': 'ZIBE1TIR4HY56',
  'ap-southeast-1': 'ZKVM4W9LS7TM',
  'ap-southeast-2': 'ZCT6FZBF4DROD',
  'ap-northeast-1': 'Z31USIVHYNEOWT',
  'ca-central-1': 'Z2EPGBW3API2WT',
  'eu-central-1': 'Z3F0SRJ5LGBH90',
  'eu-west-1': 'Z2IFOLAFXWLO4F',
  'eu-west-2': 'ZD4D7Y8KGAS4G',
  'eu-west-3': 'Z1CMS0P5QUZ6D5',
  'eu-north-1': 'Z1UDT6IFJ4EJM',
  'sa-east-1': 'ZTK26PT1VY4CU',
};

/** Unknown: the zones of Regions that are not in the tables. */
export const hostedZoneOf = (type: 'application' | 'network' | 'gateway', region: string): string | undefined =>
  type === 'gateway' ? undefined : (type === 'network' ? network : application)[region];
