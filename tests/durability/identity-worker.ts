import {
  AttachUserPolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAttachedUserPoliciesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { answered, type Chance, Ledger, type Worker } from './ledger.ts';

const RoleName = 'worker';
const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const allow = (principal: object, action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, ...principal }] });

interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Users with inline and attached policies; sessions of a role, whose keys must go on working. */
export function makeIdentityWorker(iam: IAMClient, endpoint: string, chance: Chance, name: string): Worker {
  const policies = new Ledger<string>();
  const attached = new Ledger<string>();
  let sessions: Session[] = [];
  let next = 1;
  const sts = new STSClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

  const makeUser = async (): Promise<void> => {
    const UserName = `${name}-${next++}`;
    await answered(iam.send(new CreateUserCommand({ UserName })));
    const PolicyDocument = allow({ Resource: `arn:aws:s3:::b${chance(1_000)}/*` }, 's3:GetObject');
    await policies.change(UserName, PolicyDocument, () =>
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument })),
    );
    await attached.change(UserName, PolicyArn, () => iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn })));
  };

  const assume = async (): Promise<void> => {
    const RoleArn = `arn:aws:iam::000000000000:role/${RoleName}`;
    const { Credentials } = await answered(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: `s${next++}` })));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    sessions.push({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
  };

  const policyOf = async (UserName: string): Promise<string | undefined> => {
    try {
      const { PolicyDocument } = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: 'own' }));
      return decodeURIComponent(PolicyDocument ?? '');
    } catch (error) {
      if ((error as Error).name === 'NoSuchEntityException') return undefined;
      throw error;
    }
  };

  return {
    name,
    prepare: async () => {
      const AssumeRolePolicyDocument = allow({ Principal: { AWS: '000000000000' } }, 'sts:AssumeRole');
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    },
    work: () => (chance(3) === 0 ? assume() : makeUser()),
    check: async () => {
      for (const user of policies.touched) policies.check(user, await policyOf(user));
      for (const UserName of attached.touched) {
        const { AttachedPolicies = [] } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
        attached.check(UserName, AttachedPolicies[0]?.PolicyArn);
      }
      for (const credentials of sessions.slice(-3)) {
        const client = new STSClient({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials });
        const { Arn } = await client.send(new GetCallerIdentityCommand({}));
        client.destroy();
        if (Arn?.includes(`:assumed-role/${RoleName}/`) !== true) throw new Error(`a session became ${Arn}`);
      }
      policies.touched.clear();
      attached.touched.clear();
      sessions = [];
    },
  };
}
