// The variables by which AWS tools find the cloud.

/** Credentials that any cloud takes: an unknown key is the root of the default account. */
export function awsVariables(endpoint: string, region: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // Nothing may look for credentials of a machine in the real cloud.
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Variables that would lead a tool past the cloud. */
export const misleadingVariables = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SESSION_TOKEN'] as const;

const isThisMachine = (endpoint: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(new URL(endpoint).hostname);

/** By which name tools should ask: on this machine as the cloud says, since names of buckets lie under it; else as it was asked for. */
export const endpointForTools = (asked: string, told: string | undefined): string =>
  told !== undefined && isThisMachine(asked) ? told : asked;
