// What rows of networks have in common.
import { key } from '../../../kernel/key.ts';

/** A gateway that is attached to a VPC or to none. */
export interface GatewayRow {
  readonly id: string;
  readonly vpcId?: string | undefined;
}

export const byId = <Row extends { readonly id: string }>() => ({ key: (row: Row) => row.id });
export const inVpc = {
  vpc: (row: { readonly vpcId?: string | undefined }) => (row.vpcId === undefined ? undefined : key(row.vpcId)),
};
