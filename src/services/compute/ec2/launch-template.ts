// Launch templates: numbered versions of what a launch asks for.
import type { LaunchTemplate, LaunchTemplateVersion, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors, kinds } from './errors.ts';
import { askImage } from './image-alias.ts';
import { getInstance } from './instance.ts';
import { interfacesOf } from './instance-view.ts';
import { checkUserData } from './launch-check.ts';
import { getTemplate, getVersion, type TemplateName, versionNumber } from './launch-template-find.ts';
import {
  type LaunchTemplateRow,
  type LaunchTemplateVersionRow,
  readTemplateData,
  writeTemplateData,
} from './launch-template-state.ts';
import { list } from './list.ts';
import type { Ec2Context, Input, Operation } from './operation.ts';
import { dropTags, tagNew, tagsOf } from './tag.ts';
import { attachedTo } from './volume-make.ts';

/** Limits: templates in a Region, and versions of one. */
const templatesMax = 5_000;
const versionsMax = 10_000;

const showTemplate = (row: LaunchTemplateRow, context: Ec2Context): LaunchTemplate => ({
  LaunchTemplateId: row.id,
  LaunchTemplateName: row.name,
  CreateTime: toDate(row.createdAt),
  CreatedBy: row.createdBy,
  DefaultVersionNumber: row.defaultVersion,
  LatestVersionNumber: row.latestVersion,
  Operator: { Managed: false },
  Tags: tagsOf(context, row.id),
});

const showVersion = (row: LaunchTemplateVersionRow, template: LaunchTemplateRow): LaunchTemplateVersion => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  VersionNumber: row.version,
  VersionDescription: row.description,
  CreateTime: toDate(row.createdAt),
  CreatedBy: row.createdBy,
  DefaultVersion: row.version === template.defaultVersion,
  LaunchTemplateData: readTemplateData(row) as ResponseLaunchTemplateData,
  Operator: { Managed: false },
});

type Data = Input<'CreateLaunchTemplate'>['LaunchTemplateData'];

function checkData(data: Data): void {
  if (Object.values(data).every((value) => value === undefined)) {
    throw errors.other('InvalidRequest', 'The launch template data cannot be empty.');
  }
  checkUserData(data.UserData);
  if (data.InstanceType !== undefined && data.InstanceRequirements !== undefined) {
    throw errors.combination('InstanceType and InstanceRequirements cannot be specified together.');
  }
  if (
    (data.SecurityGroupIds?.length ?? 0) > 0 &&
    (data.NetworkInterfaces ?? []).some((one) => (one.Groups?.length ?? 0) > 0)
  ) {
    throw errors.combination(
      'Security groups may be specified for network interfaces or for the instance, not for both.',
    );
  }
}

const creator = ({ caller }: Ec2Context): string => caller.arn;

/**
 * Makes a template with its first version.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html
 */
export const CreateLaunchTemplate: Operation<'CreateLaunchTemplate'> = (input, context) => {
  const { state, ids, clock } = context;
  const name = input.LaunchTemplateName;
  if (!/^[A-Za-z0-9()./_-]{3,128}$/.test(name)) {
    throw errors.other(
      'InvalidLaunchTemplateName.MalformedException',
      `Invalid launch template name: '${name}'. A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.`,
    );
  }
  if (state.launchTemplates.index('name').first({ prefix: key(name) }) !== undefined) {
    throw errors.other('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
  }
  if (state.launchTemplates.size >= templatesMax) {
    throw errors.other('LaunchTemplateLimitExceeded', 'The maximum number of launch templates has been reached.');
  }
  checkData(input.LaunchTemplateData);
  const row: LaunchTemplateRow = {
    id: ids.resource('lt'),
    name,
    createdAt: clock.now(),
    createdBy: creator(context),
    defaultVersion: 1,
    latestVersion: 1,
  };
  state.launchTemplates.put(row);
  addVersion(context, row, 1, input.VersionDescription, input.LaunchTemplateData);
  tagNew(context, kinds.launchTemplate, row.id, input.TagSpecifications);
  return { LaunchTemplate: showTemplate(row, context) };
};

function addVersion(
  context: Ec2Context,
  template: LaunchTemplateRow,
  version: number,
  description: string | undefined,
  data: Data,
): LaunchTemplateVersionRow {
  const row: LaunchTemplateVersionRow = {
    templateId: template.id,
    version,
    description,
    createdAt: context.clock.now(),
    createdBy: creator(context),
    data: writeTemplateData(data),
  };
  context.state.launchTemplateVersions.put(row);
  return row;
}

/** Makes a further version, from nothing or from an earlier one with what is named changed. */
export const CreateLaunchTemplateVersion: Operation<'CreateLaunchTemplateVersion'> = (input, context) => {
  const { state } = context;
  const template = getTemplate(context, input);
  const source =
    input.SourceVersion === undefined ? {} : readTemplateData(getVersion(context, template, input.SourceVersion));
  const own = Object.fromEntries(Object.entries(input.LaunchTemplateData).filter(([, value]) => value !== undefined));
  const data = { ...source, ...own } as Data;
  checkData(data);
  const count = state.launchTemplateVersions.list({ prefix: key(template.id), limit: versionsMax }).length;
  if (count >= versionsMax) {
    throw errors.other(
      'LaunchTemplateVersionLimitExceeded',
      'The maximum number of launch template versions has been reached.',
    );
  }
  const latestVersion = template.latestVersion + 1;
  const grown = { ...template, latestVersion };
  state.launchTemplates.put(grown);
  const row = addVersion(context, grown, latestVersion, input.VersionDescription, data);
  return { LaunchTemplateVersion: showVersion(row, grown) };
};

/** Makes another version the default one. */
export const ModifyLaunchTemplate: Operation<'ModifyLaunchTemplate'> = (input, context) => {
  const template = getTemplate(context, input);
  if (input.DefaultVersion === undefined) return { LaunchTemplate: showTemplate(template, context) };
  const { version } = getVersion(context, template, input.DefaultVersion);
  const changed = { ...template, defaultVersion: version };
  context.state.launchTemplates.put(changed);
  return { LaunchTemplate: showTemplate(changed, context) };
};

export const DeleteLaunchTemplate: Operation<'DeleteLaunchTemplate'> = (input, context) => {
  const template = getTemplate(context, input);
  const LaunchTemplate = showTemplate(template, context);
  context.state.launchTemplateVersions.deleteAll({ prefix: key(template.id) });
  context.state.launchTemplates.delete(template.id);
  dropTags(context, template.id);
  return { LaunchTemplate };
};

/** Deletes versions, each for itself; the default one is kept. Limit: 200 in a request. */
export const DeleteLaunchTemplateVersions: Operation<'DeleteLaunchTemplateVersions'> = (input, context) => {
  const { state } = context;
  if (input.Versions.length > 200) throw errors.invalidValue('The maximum number of versions in a request is 200.');
  const template = getTemplate(context, input);
  const name = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
  const gone: object[] = [];
  const kept: object[] = [];
  for (const text of input.Versions) {
    const VersionNumber = versionNumber(template, text);
    const at = key(template.id, VersionNumber);
    if (!state.launchTemplateVersions.has(at)) {
      const Message = `The launch template version ${VersionNumber} does not exist.`;
      kept.push({ ...name, VersionNumber, ResponseError: { Code: 'launchTemplateVersionDoesNotExist', Message } });
    } else if (VersionNumber === template.defaultVersion) {
      const Message = 'Cannot delete default version of launch template.';
      kept.push({ ...name, VersionNumber, ResponseError: { Code: 'unexpectedError', Message } });
    } else {
      state.launchTemplateVersions.delete(at);
      gone.push({ ...name, VersionNumber });
    }
  }
  return { SuccessfullyDeletedLaunchTemplateVersions: gone, UnsuccessfullyDeletedLaunchTemplateVersions: kept };
};

export const DescribeLaunchTemplates: Operation<'DescribeLaunchTemplates'> = (input, context) => {
  const { state } = context;
  const byId = (input.LaunchTemplateIds ?? []).map((LaunchTemplateId) => getTemplate(context, { LaunchTemplateId }).id);
  const byName = (input.LaunchTemplateNames ?? []).map(
    (LaunchTemplateName) => getTemplate(context, { LaunchTemplateName }).id,
  );
  const { rows, NextToken } = list(input, context, {
    rows: () => state.launchTemplates.index('name').list(),
    find: (id) => state.launchTemplates.find(id),
    id: (row) => row.id,
    ids: [...byId, ...byName],
    kind: kinds.launchTemplate,
    filters: {
      'create-time': (row) => toDate(row.createdAt).toISOString(),
      'launch-template-name': (row) => row.name,
      'launch-template-id': (row) => row.id,
      'operator.managed': () => false,
    },
    least: 1,
  });
  return { LaunchTemplates: rows.map((row) => showTemplate(row, context)), NextToken };
};

interface Listed {
  readonly row: LaunchTemplateVersionRow;
  readonly template: LaunchTemplateRow;
}

function versionsOf(context: Ec2Context, input: Input<'DescribeLaunchTemplateVersions'>, name: TemplateName): Listed[] {
  const template = getTemplate(context, name);
  const { state } = context;
  const listed = (row: LaunchTemplateVersionRow): Listed => ({ row, template });
  if (input.Versions !== undefined && input.Versions.length > 0) {
    return input.Versions.map((version) => listed(getVersion(context, template, version)));
  }
  const least = input.MinVersion === undefined ? 0 : versionNumber(template, input.MinVersion);
  const most = input.MaxVersion === undefined ? Number.MAX_SAFE_INTEGER : versionNumber(template, input.MaxVersion);
  return state.launchTemplateVersions
    .list({ prefix: key(template.id), reverse: true })
    .filter(({ version }) => version >= least && version <= most)
    .map(listed);
}

/** Versions of one template, the latest first; `$Latest` and `$Default` of all templates. */
export const DescribeLaunchTemplateVersions: Operation<'DescribeLaunchTemplateVersions'> = (input, context) => {
  const isNamed = input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
  const versions = input.Versions ?? [];
  if (!isNamed && !(versions.length > 0 && versions.every((one) => one === '$Latest' || one === '$Default'))) {
    throw errors.missingParameter('LaunchTemplateId or LaunchTemplateName');
  }
  const all = () =>
    isNamed
      ? versionsOf(context, input, input)
      : context.state.launchTemplates.list().flatMap(({ id }) => versionsOf(context, input, { LaunchTemplateId: id }));
  const data = ({ row }: Listed) => readTemplateData(row);
  const { rows, NextToken } = list(input, context, {
    rows: () => [...new Map(all().map((one) => [`${one.template.id}/${one.row.version}`, one])).values()],
    id: ({ row, template }) => `${template.id}/${row.version}`,
    filters: {
      'create-time': ({ row }) => toDate(row.createdAt).toISOString(),
      'ebs-optimized': (one) => data(one).EbsOptimized,
      'http-endpoint': (one) => data(one).MetadataOptions?.HttpEndpoint,
      'http-protocol-ipv4': (one) => data(one).MetadataOptions?.HttpEndpoint,
      'host-resource-group-arn': (one) => data(one).Placement?.HostResourceGroupArn,
      'http-tokens': (one) => data(one).MetadataOptions?.HttpTokens,
      'iam-instance-profile': (one) => data(one).IamInstanceProfile?.Arn ?? data(one).IamInstanceProfile?.Name,
      'image-id': (one) => data(one).ImageId,
      'instance-type': (one) => data(one).InstanceType,
      'is-default-version': ({ row, template }) => row.version === template.defaultVersion,
      'kernel-id': (one) => data(one).KernelId,
      'license-configuration-arn': (one) =>
        data(one).LicenseSpecifications?.map((each) => each.LicenseConfigurationArn),
      'network-card-index': (one) => data(one).NetworkInterfaces?.map((each) => each.NetworkCardIndex),
      'ram-disk-id': (one) => data(one).RamDiskId,
      'version-description': ({ row }) => row.description,
    },
    least: 1,
  });
  const LaunchTemplateVersions = rows.map(({ row, template }) => showVersion(row, template));
  if (input.ResolveAlias !== true) return { LaunchTemplateVersions, NextToken };
  return Promise.all(LaunchTemplateVersions.map((one) => withImage(context, one))).then((resolved) => ({
    LaunchTemplateVersions: resolved,
    NextToken,
  }));
};

/** A version with the image's ID in the place of the parameter that names it. */
async function withImage(context: Ec2Context, shown: LaunchTemplateVersion): Promise<LaunchTemplateVersion> {
  const ImageId = await askImage(context, shown.LaunchTemplateData?.ImageId);
  return ImageId === undefined ? shown : { ...shown, LaunchTemplateData: { ...shown.LaunchTemplateData, ImageId } };
}

/** An instance as the data of a template: what one would ask for to get another like it. */
export const GetLaunchTemplateData: Operation<'GetLaunchTemplateData'> = ({ InstanceId }, context) => {
  const row = getInstance(context, InstanceId);
  const nics = interfacesOf(context, row.id);
  const LaunchTemplateData: ResponseLaunchTemplateData = {
    EbsOptimized: row.ebsOptimized,
    IamInstanceProfile: row.profile === undefined ? undefined : { Arn: row.profile.arn },
    BlockDeviceMappings: attachedTo(context, row.id).map((attachment) => {
      const volume = context.state.volumes.find(attachment.volumeId);
      return {
        DeviceName: attachment.device,
        Ebs: {
          Encrypted: volume?.encrypted,
          DeleteOnTermination: attachment.deleteOnTermination,
          Iops: volume?.iops,
          Throughput: volume?.throughput,
          SnapshotId: volume?.snapshotId,
          VolumeSize: volume?.sizeGib,
          VolumeType: volume?.type,
        },
      };
    }),
    NetworkInterfaces: nics.map((nic) => ({
      AssociatePublicIpAddress: nic.addresses.some(({ publicIp }) => publicIp !== undefined) || undefined,
      DeleteOnTermination: nic.attachment?.deleteOnTermination,
      Description: nic.description,
      DeviceIndex: nic.attachment?.deviceIndex,
      Groups: [...nic.groupIds],
      InterfaceType: nic.type,
      NetworkCardIndex: nic.attachment?.networkCardIndex,
      PrivateIpAddresses: nic.addresses.map(({ ip, primary }) => ({ PrivateIpAddress: ip, Primary: primary })),
      SubnetId: nic.subnetId,
    })),
    ImageId: row.imageId,
    InstanceType: row.type as ResponseLaunchTemplateData['InstanceType'],
    KeyName: row.keyName,
    Monitoring: { Enabled: row.monitoring === 'enabled' },
    Placement: { AvailabilityZone: row.zone, GroupName: row.placement.groupName ?? '', Tenancy: row.placement.tenancy },
    DisableApiTermination: row.disableApiTermination,
    DisableApiStop: row.disableApiStop,
    InstanceInitiatedShutdownBehavior: row.shutdownBehavior,
    UserData: row.userData,
    CreditSpecification: row.credits === undefined ? undefined : { CpuCredits: row.credits },
    CpuOptions: { CoreCount: row.cpu.cores, ThreadsPerCore: row.cpu.threads },
    CapacityReservationSpecification: { CapacityReservationPreference: row.capacityPreference },
    HibernationOptions: { Configured: row.hibernation },
    MetadataOptions: {
      HttpTokens: row.metadata.tokens,
      HttpPutResponseHopLimit: row.metadata.hopLimit,
      HttpEndpoint: row.metadata.endpoint,
      HttpProtocolIpv6: row.metadata.ipv6,
      InstanceMetadataTags: row.metadata.tags,
    },
    EnclaveOptions: { Enabled: row.enclave },
    MaintenanceOptions: { AutoRecovery: row.autoRecovery },
    PrivateDnsNameOptions: {
      HostnameType: row.privateDns.hostnameType,
      EnableResourceNameDnsARecord: row.privateDns.a,
      EnableResourceNameDnsAAAARecord: row.privateDns.aaaa,
    },
    TagSpecifications: [
      { ResourceType: 'instance', Tags: tagsOf(context, row.id).filter((tag) => !(tag.Key ?? '').startsWith('aws:')) },
    ],
  };
  return { LaunchTemplateData };
};
