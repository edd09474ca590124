// What an account chooses for its instances in a Region: serial console, metadata defaults; and forms of IDs.
import type { UnlimitedSupportedInstanceFamily } from '@aws-sdk/client-ec2';
import { errors } from './errors.ts';
import type { InstanceSettingsRow } from './event-window-state.ts';
import { checkHopLimit } from './launch-check.ts';
import type { Ec2Context, Operation } from './operation.ts';

const settingsOf = ({ state }: Ec2Context): InstanceSettingsRow =>
  state.instanceSettings.find('instances') ?? { id: 'instances', serialConsole: false };

const setConsole = (context: Ec2Context, serialConsole: boolean) => {
  context.state.instanceSettings.put({ ...settingsOf(context), serialConsole });
  return { SerialConsoleAccessEnabled: serialConsole };
};

export const EnableSerialConsoleAccess: Operation<'EnableSerialConsoleAccess'> = (_input, context) =>
  setConsole(context, true);
export const DisableSerialConsoleAccess: Operation<'DisableSerialConsoleAccess'> = (_input, context) =>
  setConsole(context, false);
export const GetSerialConsoleAccessStatus: Operation<'GetSerialConsoleAccessStatus'> = (_input, context) => ({
  SerialConsoleAccessEnabled: settingsOf(context).serialConsole,
  ManagedBy: 'account',
});

export const GetInstanceMetadataDefaults: Operation<'GetInstanceMetadataDefaults'> = (_input, context) => {
  const { tokens, hopLimit, endpoint, tags } = settingsOf(context).metadata ?? {};
  return {
    AccountLevel: {
      HttpTokens: tokens,
      HttpPutResponseHopLimit: hopLimit,
      HttpEndpoint: endpoint,
      InstanceMetadataTags: tags,
      ManagedBy: 'account',
    },
  };
};

/** `no-preference` and -1 take a default away. */
const chosen = <Value extends string>(
  now: Value | undefined,
  wanted: Value | 'no-preference' | undefined,
): Value | undefined => (wanted === undefined ? now : wanted === 'no-preference' ? undefined : (wanted as Value));

/** Defaults for new instances, where neither request nor image says otherwise. */
export const ModifyInstanceMetadataDefaults: Operation<'ModifyInstanceMetadataDefaults'> = (input, context) => {
  checkHopLimit(input.HttpPutResponseHopLimit);
  const settings = settingsOf(context);
  const { metadata = {} } = settings;
  const hops = input.HttpPutResponseHopLimit;
  context.state.instanceSettings.put({
    ...settings,
    metadata: {
      tokens: chosen(metadata.tokens, input.HttpTokens),
      hopLimit: hops === undefined ? metadata.hopLimit : hops === -1 ? undefined : hops,
      endpoint: chosen(metadata.endpoint, input.HttpEndpoint),
      tags: chosen(metadata.tags, input.InstanceMetadataTags),
    },
  });
  return { Return: true };
};

/** Default: `standard` for T2, `unlimited` for later families, until the account chooses. */
export const usualCredits = (context: Ec2Context, family: string): 'standard' | 'unlimited' =>
  settingsOf(context).credits?.[family] ?? (family === 't2' ? 'standard' : 'unlimited');

const showCredits = (context: Ec2Context, family: UnlimitedSupportedInstanceFamily) => ({
  InstanceFamilyCreditSpecification: { InstanceFamily: family, CpuCredits: usualCredits(context, family) },
});

export const GetDefaultCreditSpecification: Operation<'GetDefaultCreditSpecification'> = (input, context) =>
  showCredits(context, input.InstanceFamily);

/** How new instances of a family go on without credits. Differs: at once; AWS takes up to five minutes. */
export const ModifyDefaultCreditSpecification: Operation<'ModifyDefaultCreditSpecification'> = (input, context) => {
  const { InstanceFamily: family, CpuCredits: credits } = input;
  if (credits !== 'standard' && credits !== 'unlimited')
    throw errors.invalidValue(`Invalid CpuCredits value: ${credits}`);
  const settings = settingsOf(context);
  context.state.instanceSettings.put({ ...settings, credits: { ...settings.credits, [family]: credits } });
  return showCredits(context, family);
};

/** Resources whose IDs are long; all are, since 2018. */
const longKinds = [
  'bundle',
  'conversion-task',
  'customer-gateway',
  'dhcp-options',
  'elastic-ip-allocation',
  'elastic-ip-association',
  'export-task',
  'flow-log',
  'image',
  'import-task',
  'instance',
  'internet-gateway',
  'network-acl',
  'network-acl-association',
  'network-interface',
  'network-interface-attachment',
  'prefix-list',
  'reservation',
  'route-table',
  'route-table-association',
  'security-group',
  'snapshot',
  'subnet',
  'subnet-cidr-block-association',
  'volume',
  'vpc',
  'vpc-cidr-block-association',
  'vpc-endpoint',
  'vpc-peering-connection',
  'vpn-connection',
  'vpn-gateway',
];

function formatsOf(resource: string | undefined) {
  if (resource !== undefined && !longKinds.includes(resource))
    throw errors.invalidValue(`Invalid resource type: ${resource}`);
  return (resource === undefined ? longKinds : [resource]).map((Resource) => ({ Resource, UseLongIds: true }));
}

export const DescribeIdFormat: Operation<'DescribeIdFormat'> = ({ Resource }) => ({ Statuses: formatsOf(Resource) });
export const DescribeIdentityIdFormat: Operation<'DescribeIdentityIdFormat'> = ({ Resource }) => ({
  Statuses: formatsOf(Resource),
});
export const DescribeAggregateIdFormat: Operation<'DescribeAggregateIdFormat'> = () => ({
  UseLongIdsAggregated: true,
  Statuses: formatsOf(undefined),
});
export const DescribePrincipalIdFormat: Operation<'DescribePrincipalIdFormat'> = () => ({ Principals: [] });

const mustBeLong = (UseLongIds: boolean): Record<string, never> => {
  if (!UseLongIds) throw errors.invalidParameter('Short IDs are not available any more.');
  return {};
};
export const ModifyIdFormat: Operation<'ModifyIdFormat'> = ({ UseLongIds }) => mustBeLong(UseLongIds);
export const ModifyIdentityIdFormat: Operation<'ModifyIdentityIdFormat'> = ({ UseLongIds }) => mustBeLong(UseLongIds);
