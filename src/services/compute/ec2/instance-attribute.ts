// Attributes of an instance: one by one, as `DescribeInstanceAttribute` shows and `ModifyInstanceAttribute` sets them.
import { groupsFor } from '../../networking/vpc/network-interface.ts';
import { usualCredits } from './account-setting.ts';
import { errors } from './errors.ts';
import { findImage } from './image-find.ts';
import { getInstance, getLiving } from './instance.ts';
import type { InstanceRow } from './instance-state.ts';
import { interfacesOf } from './instance-view.ts';
import { checkOneAttribute } from './attribute.ts';
import { checkArchitecture, checkUserData, getType, isBurstable } from './launch-check.ts';
import type { Ec2Context, Input, Operation, Output } from './operation.ts';
import { deviceMappingsOf, setDeleteOnTermination } from './volume-make.ts';

type Shown = Output<'DescribeInstanceAttribute'>;

const groupsOf = (context: Ec2Context, row: InstanceRow): Shown['Groups'] =>
  (interfacesOf(context, row.id)[0]?.groupIds ?? []).map((GroupId) => ({
    GroupId,
    GroupName: context.state.groups.find(GroupId)?.name,
  }));

/** Attribute → what is shown of it. */
const shows: Readonly<Record<string, (row: InstanceRow, context: Ec2Context) => Shown>> = {
  instanceType: ({ type }) => ({ InstanceType: { Value: type } }),
  kernel: ({ kernelId }) => ({ KernelId: { Value: kernelId } }),
  ramdisk: ({ ramdiskId }) => ({ RamdiskId: { Value: ramdiskId } }),
  userData: ({ userData }) => ({ UserData: { Value: userData } }),
  disableApiTermination: (row) => ({ DisableApiTermination: { Value: row.disableApiTermination } }),
  disableApiStop: (row) => ({ DisableApiStop: { Value: row.disableApiStop } }),
  instanceInitiatedShutdownBehavior: (row) => ({ InstanceInitiatedShutdownBehavior: { Value: row.shutdownBehavior } }),
  rootDeviceName: ({ rootDevice }) => ({ RootDeviceName: { Value: rootDevice } }),
  blockDeviceMapping: ({ id }, context) => ({ BlockDeviceMappings: deviceMappingsOf(context, id) }),
  productCodes: ({ productCodes }) => ({
    ProductCodes: productCodes.map(({ id, type }) => ({ ProductCodeId: id, ProductCodeType: type })),
  }),
  sourceDestCheck: ({ id }, context) => ({
    SourceDestCheck: { Value: interfacesOf(context, id)[0]?.sourceDestCheck ?? true },
  }),
  groupSet: (row, context) => ({ Groups: groupsOf(context, row) }),
  ebsOptimized: ({ ebsOptimized }) => ({ EbsOptimized: { Value: ebsOptimized } }),
  sriovNetSupport: ({ sriov }) => ({ SriovNetSupport: { Value: sriov } }),
  enaSupport: ({ enaSupport }) => ({ EnaSupport: { Value: enaSupport } }),
  enclaveOptions: ({ enclave }) => ({ EnclaveOptions: { Enabled: enclave } }),
};

export const DescribeInstanceAttribute: Operation<'DescribeInstanceAttribute'> = (input, context) => {
  const row = getInstance(context, input.InstanceId);
  const show = Object.hasOwn(shows, input.Attribute) ? shows[input.Attribute] : undefined;
  if (show === undefined) throw errors.unknownAttribute(input.Attribute);
  return { InstanceId: row.id, ...show(row, context) };
};

type Change = Input<'ModifyInstanceAttribute'>;

/** `Attribute` and `Value`, as the older form has them, in the newer form. */
function newForm(input: Change): Change {
  const { Attribute, Value } = input;
  if (Attribute === undefined || Value === undefined) return input;
  const text = { Value };
  const flag = { Value: Value === 'true' };
  switch (Attribute) {
    case 'instanceType':
      return { ...input, InstanceType: text };
    case 'kernel':
      return { ...input, Kernel: text };
    case 'ramdisk':
      return { ...input, Ramdisk: text };
    case 'userData':
      return { ...input, UserData: { Value: Buffer.from(Value, 'base64') } };
    case 'disableApiTermination':
      return { ...input, DisableApiTermination: flag };
    case 'disableApiStop':
      return { ...input, DisableApiStop: flag };
    case 'instanceInitiatedShutdownBehavior':
      return { ...input, InstanceInitiatedShutdownBehavior: text };
    case 'sourceDestCheck':
      return { ...input, SourceDestCheck: flag };
    case 'ebsOptimized':
      return { ...input, EbsOptimized: flag };
    case 'sriovNetSupport':
      return { ...input, SriovNetSupport: text };
    case 'enaSupport':
      return { ...input, EnaSupport: flag };
    default:
      throw errors.invalidParameter(`The attribute ${Attribute} cannot be modified.`);
  }
}

const mustBeStopped = (row: InstanceRow, attribute: string): void => {
  if (row.state !== 'stopped') {
    throw errors.other('IncorrectInstanceState', `The instance '${row.id}' is not in the 'stopped' state.`);
  }
  if (row.hibernation && attribute === 'instanceType') {
    throw errors.unsupported('The instance type of an instance that is enabled for hibernation cannot be changed.');
  }
};

/** Another type: the machine is another one at the next start (EC2-06). */
function withType(context: Ec2Context, row: InstanceRow, name: string): InstanceRow {
  mustBeStopped(row, 'instanceType');
  const type = getType(name);
  const image = findImage(context, row.imageId);
  checkArchitecture({ architecture: row.architecture }, type);
  if (type.NetworkInfo?.EnaSupport === 'required' && !(row.enaSupport || image?.enaSupport === true)) {
    throw errors.combination(
      `Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${name}' instance type. Ensure that your instance '${row.id}' is enabled for ENA.`,
    );
  }
  const info = type.VCpuInfo ?? {};
  return {
    ...row,
    type: name,
    cpu: { ...row.cpu, cores: info.DefaultCores ?? info.DefaultVCpus ?? 1, threads: info.DefaultThreadsPerCore ?? 1 },
    credits: isBurstable(type) ? (row.credits ?? usualCredits(context, name.slice(0, name.indexOf('.')))) : undefined,
  };
}

function withUserData(row: InstanceRow, value: Uint8Array | undefined): InstanceRow {
  if (row.state !== 'stopped') mustBeStopped(row, 'userData');
  const text = value === undefined || value.byteLength === 0 ? undefined : Buffer.from(value).toString('base64');
  checkUserData(text);
  return { ...row, userData: text };
}

function setNetwork(context: Ec2Context, row: InstanceRow, input: Change): void {
  const nics = interfacesOf(context, row.id);
  const primary = nics[0];
  if (primary === undefined) return;
  if (nics.length > 1 && (input.Groups !== undefined || input.SourceDestCheck !== undefined)) {
    throw errors.other(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${row.id}'. Please specify an interface ID for the operation instead.`,
    );
  }
  context.state.interfaces.put({
    ...primary,
    sourceDestCheck: input.SourceDestCheck?.Value ?? primary.sourceDestCheck,
    groupIds:
      input.Groups === undefined || input.Groups.length === 0
        ? primary.groupIds
        : groupsFor(context, primary.vpcId, input.Groups),
  });
}

function shutdownOf(text: string | undefined): InstanceRow['shutdownBehavior'] | undefined {
  if (text === undefined || text === 'stop' || text === 'terminate') return text;
  throw errors.valueOf(text, 'instanceInitiatedShutdownBehavior', 'It must be stop or terminate.');
}

/** Members that say what is to be changed. */
const changes = [
  'InstanceType',
  'Kernel',
  'Ramdisk',
  'UserData',
  'DisableApiTermination',
  'DisableApiStop',
  'SourceDestCheck',
  'Groups',
  'InstanceInitiatedShutdownBehavior',
  'EbsOptimized',
  'SriovNetSupport',
  'EnaSupport',
  'BlockDeviceMappings',
  'EnclaveOptions',
] as const;

/**
 * Changes one attribute. Type, user data, kernel and what belongs to the machine only while it is stopped.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
 */
export const ModifyInstanceAttribute: Operation<'ModifyInstanceAttribute'> = (given, context) => {
  const input = newForm(given);
  const before = getLiving(context, input.InstanceId);
  checkOneAttribute(changes.map((name) => input[name]));
  if (before.lifecycle === 'spot' && input.DisableApiTermination?.Value === true) {
    throw errors.unsupported("Modifying 'disableApiTermination' is not supported for spot instances.");
  }
  for (const attribute of [
    'Kernel',
    'Ramdisk',
    'EbsOptimized',
    'SriovNetSupport',
    'EnaSupport',
    'EnclaveOptions',
  ] as const)
    if (input[attribute] !== undefined) mustBeStopped(before, attribute);
  let row = before;
  if (input.InstanceType?.Value !== undefined) row = withType(context, row, input.InstanceType.Value);
  if (input.UserData !== undefined) row = withUserData(row, input.UserData.Value);
  context.state.instances.put({
    ...row,
    kernelId: input.Kernel?.Value ?? row.kernelId,
    ramdiskId: input.Ramdisk?.Value ?? row.ramdiskId,
    disableApiTermination: input.DisableApiTermination?.Value ?? row.disableApiTermination,
    disableApiStop: input.DisableApiStop?.Value ?? row.disableApiStop,
    shutdownBehavior: shutdownOf(input.InstanceInitiatedShutdownBehavior?.Value) ?? row.shutdownBehavior,
    ebsOptimized: input.EbsOptimized?.Value ?? row.ebsOptimized,
    sriov: input.SriovNetSupport?.Value ?? row.sriov,
    enaSupport: input.EnaSupport?.Value ?? row.enaSupport,
    enclave: input.EnclaveOptions?.Enabled ?? row.enclave,
  });
  if (input.Groups !== undefined || input.SourceDestCheck !== undefined) setNetwork(context, row, input);
  for (const { DeviceName = '', Ebs } of input.BlockDeviceMappings ?? [])
    if (Ebs?.DeleteOnTermination !== undefined)
      setDeleteOnTermination(context, row.id, DeviceName, Ebs.DeleteOnTermination);
  return {};
};

/** Puts kernel, RAM disk (while stopped) or the source/destination check back to what they were. */
export const ResetInstanceAttribute: Operation<'ResetInstanceAttribute'> = ({ InstanceId, Attribute }, context) => {
  const row = getLiving(context, InstanceId);
  if (Attribute === 'sourceDestCheck') {
    setNetwork(context, row, { InstanceId, SourceDestCheck: { Value: true } });
    return {};
  }
  if (Attribute !== 'kernel' && Attribute !== 'ramdisk') {
    throw errors.invalidParameter(`The attribute ${Attribute} cannot be reset.`);
  }
  mustBeStopped(row, Attribute);
  const image = findImage(context, row.imageId);
  const fresh = Attribute === 'kernel' ? { kernelId: image?.kernelId } : { ramdiskId: image?.ramdiskId };
  context.state.instances.put({ ...row, ...fresh });
  return {};
};
