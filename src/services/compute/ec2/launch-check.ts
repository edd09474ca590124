// What a launch is refused for: image, type and options that do not go together.
import { errors } from './errors.ts';
import { getImage } from './image-find.ts';
import type { ImageRow } from './image-state.ts';
import { architecturesOf, familyOf, findType, type TypeInfo } from './instance-type.ts';
import type { LaunchRequest } from './launch-request.ts';
import type { Ec2Context } from './operation.ts';
import { key } from '../../../kernel/key.ts';

/** What AWS takes when nothing is said. */
export const defaultType = 'm1.small';

/** Limit: 16 KiB of user data, before it is encoded. */
const userDataBytesMax = 16_384;

/** @throws InvalidParameterValue */
export function getType(name: string): TypeInfo {
  const type = findType(name);
  if (type === undefined) throw errors.invalidValue(`Invalid value '${name}' for InstanceType.`);
  return type;
}

export function checkArchitecture(image: Pick<ImageRow, 'architecture'>, type: TypeInfo): void {
  const possible = architecturesOf(type);
  if (possible.includes(image.architecture)) return;
  const shown = possible.length === 0 ? '' : possible.join(',');
  throw errors.invalidValue(
    `The architecture '${shown}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
  );
}

function checkVirtualization(image: ImageRow, type: TypeInfo): void {
  const possible: readonly string[] = type.SupportedVirtualizationTypes ?? ['hvm'];
  if (possible.includes(image.virtualization)) return;
  throw errors.combination(
    `Non-Windows instances with a virtualization type of '${image.virtualization}' are currently not supported for this instance type.`,
  );
}

function checkDrivers(image: ImageRow, type: TypeInfo): void {
  if (type.NetworkInfo?.EnaSupport === 'required' && !image.enaSupport) {
    throw errors.combination(
      `Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${type.InstanceType}' instance type. Ensure that you are using an AMI that is enabled for ENA.`,
    );
  }
  const modes: readonly string[] = type.SupportedBootModes ?? ['legacy-bios'];
  if (image.bootMode === 'uefi' && !modes.includes('uefi')) {
    throw errors.other(
      'Unsupported',
      `The instance type '${type.InstanceType}' does not support an AMI with a boot mode of UEFI. Only instance types built on the Nitro System support UEFI. Specify an instance type that supports UEFI, and try again.`,
    );
  }
}

/** The image of a launch, which goes with the type. */
export function imageFor(context: Ec2Context, id: string | undefined, type: TypeInfo): ImageRow {
  if (id === undefined || id === '') throw errors.missingParameter('ImageId');
  const image = getImage(context, id);
  if (image.availableAt > context.clock.now()) {
    throw errors.other('InvalidAMIID.Unavailable', `The image ID '${id}' is not available`);
  }
  if (image.disabled === true) throw errors.other('InvalidAMIID.Unavailable', `The image ID '${id}' is not available`);
  checkArchitecture(image, type);
  checkVirtualization(image, type);
  checkDrivers(image, type);
  return image;
}

/** @throws InvalidUserData.Malformed, InvalidParameterValue */
export function checkUserData(text: string | undefined): void {
  if (text === undefined) return;
  const packed = text.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.length % 4 === 1) {
    throw errors.other('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  }
  if (Buffer.from(packed, 'base64').byteLength > userDataBytesMax) {
    throw errors.invalidValue(`User data is limited to ${userDataBytesMax} bytes`);
  }
}

export function checkKey({ state }: Ec2Context, name: string | undefined): void {
  if (name === undefined || state.keyPairs.index('name').first({ prefix: key(name) }) !== undefined) return;
  throw errors.other('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
}

export function checkHopLimit(limit: number | undefined): void {
  if (limit !== undefined && limit !== -1 && (limit < 1 || limit > 64)) {
    throw errors.valueOf(limit, 'HttpPutResponseHopLimit', 'The value must be between 1 and 64.');
  }
}

export const isBurstable = (type: TypeInfo): boolean => type.BurstablePerformanceSupported === true;

/** Options that only some types have. */
export function checkOptions(request: LaunchRequest, type: TypeInfo, image: ImageRow): void {
  const { CreditSpecification, EbsOptimized, HibernationOptions, EnclaveOptions, MetadataOptions } = request;
  const name = type.InstanceType;
  if (CreditSpecification !== undefined) {
    if (!isBurstable(type)) {
      throw errors.combination(`The parameter CreditSpecification is not supported for the instance type ${name}.`);
    }
    if (!['standard', 'unlimited'].includes(String(CreditSpecification.CpuCredits))) {
      throw errors.invalidValue(`Invalid CpuCredits value: ${String(CreditSpecification.CpuCredits)}`);
    }
  }
  if (EbsOptimized === true && type.EbsInfo?.EbsOptimizedSupport === 'unsupported') {
    throw errors.other(
      'Unsupported',
      'EBS-optimized instances are not supported for your requested configuration. Please check the documentation for supported configurations.',
    );
  }
  if (HibernationOptions?.Configured === true && type.HibernationSupported !== true) {
    throw errors.other(
      'UnsupportedHibernationConfiguration',
      `Hibernation is not supported for the instance type ${name}.`,
    );
  }
  if (EnclaveOptions?.Enabled === true) {
    if (type.NitroEnclavesSupport !== 'supported') {
      throw errors.combination(`Nitro Enclaves is not supported for the instance type ${name}.`);
    }
    if (HibernationOptions?.Configured === true) {
      throw errors.combination('You cannot enable hibernation and Nitro Enclaves on the same instance.');
    }
  }
  checkHopLimit(MetadataOptions?.HttpPutResponseHopLimit);
  checkUserData(request.UserData);
  if (image.platform === 'windows' && familyOf(name) === 't4g')
    throw errors.combination('Windows is not supported on this instance type.');
  if ((request.ElasticGpuSpecification?.length ?? 0) + (request.ElasticInferenceAccelerators?.length ?? 0) > 0) {
    throw errors.unsupported('Elastic Graphics and Elastic Inference have ended.');
  }
}

/** Cores and threads of an instance, checked against what the type allows. */
export function cpuFor({ CpuOptions }: LaunchRequest, type: TypeInfo): { cores: number; threads: number } {
  const info = type.VCpuInfo ?? {};
  const threads = CpuOptions?.ThreadsPerCore ?? info.DefaultThreadsPerCore ?? 1;
  const cores = CpuOptions?.CoreCount ?? info.DefaultCores ?? info.DefaultVCpus ?? 1;
  const isUsual = CpuOptions?.CoreCount === undefined && CpuOptions?.ThreadsPerCore === undefined;
  const fits =
    isUsual ||
    ((info.ValidCores ?? [info.DefaultCores]).includes(cores) &&
      (info.ValidThreadsPerCore ?? [info.DefaultThreadsPerCore]).includes(threads));
  if (!fits)
    throw errors.combination(
      `The specified CpuOptions (CoreCount ${cores}, ThreadsPerCore ${threads}) are not valid for the instance type ${type.InstanceType}.`,
    );
  return { cores, threads };
}
