// AWS's own managed policies.

export interface AwsPolicyVersion {
  readonly id: string;
  readonly document: string;
  readonly isDefault: boolean;
  readonly createdAt: Date;
}

export interface AwsPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly description?: string | undefined;
  readonly defaultVersionId: string;
  readonly document: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly versions: readonly AwsPolicyVersion[];
}

export const findAwsPolicy = (_arn: string): AwsPolicy | undefined => undefined;
export const listAwsPolicies = (): readonly AwsPolicy[] => [];
