// Service-specific credentials: user name and password for CodeCommit and Keyspaces, API keys for Bedrock and CloudWatch Logs.
import { key } from '../../../kernel/key.ts';
import { later, secondsPerDay, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { getUser, userOrCaller } from './find.ts';
import { serviceCredentialsPerUserAndService } from './limits.ts';
import { makeId } from './name.ts';
import { page } from './page.ts';
import { type IamContext, type IamState, lower, type Operation, type ServiceCredential } from './state.ts';

/** Services that take a user name and a password, and those that take an API key. */
const passwordServices = new Set(['codecommit.amazonaws.com', 'cassandra.amazonaws.com']);
const keyServices = new Set(['bedrock.amazonaws.com', 'logs.amazonaws.com']);

function checkService(service: string): void {
  if (!passwordServices.has(service) && !keyServices.has(service))
    throw errors.noSuch(`No such service ${service} is supported for Service Specific Credentials`);
}

const shownMetadata = (credential: ServiceCredential) => ({
  UserName: credential.user,
  Status: credential.status,
  ...(credential.serviceUserName === undefined ? {} : { ServiceUserName: credential.serviceUserName }),
  ...(credential.alias === undefined ? {} : { ServiceCredentialAlias: credential.alias }),
  CreateDate: toDate(credential.createdAt),
  ...(credential.expiresAt === undefined ? {} : { ExpirationDate: toDate(credential.expiresAt) }),
  ServiceSpecificCredentialId: credential.id,
  ServiceName: credential.service,
});

/** With the secret, as only creation and reset show it. */
const shownCredential = (credential: ServiceCredential) => ({
  ...shownMetadata(credential),
  ...(credential.password === undefined ? {} : { ServicePassword: credential.password }),
  ...(credential.secret === undefined ? {} : { ServiceCredentialSecret: credential.secret }),
});

/** The secret part: AWS's passwords are 44 characters of base 64. */
const secretOf = (service: string, { random }: IamContext): Pick<ServiceCredential, 'password' | 'secret'> => {
  const text = Buffer.from(random.bytes(32)).toString('base64');
  return passwordServices.has(service) ? { password: text } : { secret: text };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html */
export const CreateServiceSpecificCredential: Operation<'CreateServiceSpecificCredential'> = (input, context) => {
  const { state, clock, ids, account } = context;
  const user = getUser(state, input.UserName);
  const service = input.ServiceName;
  checkService(service);
  const existing = state.serviceCredentials
    .list({ prefix: key(lower(user.name)) })
    .filter((credential) => credential.service === service);
  if (existing.length >= serviceCredentialsPerUserAndService)
    throw errors.quota('ServiceSpecificCredentialsPerUser', serviceCredentialsPerUserAndService);
  const suffix = existing.length === 0 ? '' : `+${existing.length}`;
  const name = `${user.name}${suffix}-at-${account}`;
  const now = clock.now();
  const credential: ServiceCredential = {
    id: makeId(ids, 'serviceCredential'),
    user: user.name,
    service,
    ...(passwordServices.has(service) ? { serviceUserName: name } : { alias: name }),
    ...secretOf(service, context),
    status: 'Active',
    createdAt: now,
    expiresAt: input.CredentialAgeDays === undefined ? undefined : later(now, input.CredentialAgeDays * secondsPerDay),
  };
  state.serviceCredentials.put(credential);
  return { ServiceSpecificCredential: shownCredential(credential) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html */
export const ListServiceSpecificCredentials: Operation<'ListServiceSpecificCredentials'> = (input, context) => {
  const { state } = context;
  const range = input.AllUsers ? {} : { prefix: key(lower(userOrCaller(input.UserName, context)?.name ?? '')) };
  if (input.ServiceName !== undefined) checkService(input.ServiceName);
  const credentials = state.serviceCredentials
    .list(range)
    .filter(({ service }) => input.ServiceName === undefined || service === input.ServiceName);
  const { items, rest } = page(credentials, input, ({ user, id }) => key(lower(user), id));
  // As recorded: a list that is whole says nothing of truncation.
  const more = rest.IsTruncated ? rest : {};
  return { ServiceSpecificCredentials: items.map(shownMetadata), ...more };
};

function getCredential(state: IamState, id: string, name: string | undefined, context: IamContext): ServiceCredential {
  const user = userOrCaller(name, context)?.name ?? '';
  const credential = state.serviceCredentials.find(key(lower(user), id));
  if (credential === undefined) throw errors.noSuch(`No such credential ${id} exists`);
  return credential;
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html */
export const UpdateServiceSpecificCredential: Operation<'UpdateServiceSpecificCredential'> = (input, context) => {
  const { state } = context;
  const credential = getCredential(state, input.ServiceSpecificCredentialId, input.UserName, context);
  state.serviceCredentials.put({ ...credential, status: input.Status === 'Active' ? 'Active' : 'Inactive' });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResetServiceSpecificCredential.html */
export const ResetServiceSpecificCredential: Operation<'ResetServiceSpecificCredential'> = (input, context) => {
  const { state } = context;
  const credential = getCredential(state, input.ServiceSpecificCredentialId, input.UserName, context);
  const fresh = { ...credential, ...secretOf(credential.service, context) };
  state.serviceCredentials.put(fresh);
  return { ServiceSpecificCredential: shownCredential(fresh) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceSpecificCredential.html */
export const DeleteServiceSpecificCredential: Operation<'DeleteServiceSpecificCredential'> = (input, context) => {
  const { state } = context;
  const credential = getCredential(state, input.ServiceSpecificCredentialId, input.UserName, context);
  state.serviceCredentials.delete(key(lower(credential.user), credential.id));
  return {};
};
