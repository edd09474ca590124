// MFA devices: virtual ones, whose codes are really checked.
//
// Differs: no QR code is drawn (`QRCodePNG`); the seed in base 32 says the same.
// Differs: hardware devices cannot be enabled, since nobody here knows their seed.
import { alphabets } from '../../../kernel/random.ts';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { getUser, userOrCaller } from './find.ts';
import { mfaDevicesPerUser } from './limits.ts';
import { arnOf } from './name.ts';
import { page } from './page.ts';
import { type IamContext, type IamState, lower, type MfaDevice, type Operation } from './state.ts';
import { addTags, listTags, newTags, removeTags, shownTags } from './tag.ts';
import { codeAt, stepAt, stepOfCode } from './totp.ts';
import { userSummary } from './user.ts';

const seedDigits = 64;
/** Steps around now in which a device's clock is looked for: a day each way. */
const searchedSteps = 2_880;
/** The same for an enabling device, whose clock should be right. */
const enablingSteps = 20;

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html */
export const CreateVirtualMFADevice: Operation<'CreateVirtualMFADevice'> = (input, context) => {
  const { state, random, clock } = context;
  const serial = arnOf(context, 'mfa', input.Path ?? '/', input.VirtualMFADeviceName);
  if (state.mfaDevices.has(serial)) throw errors.exists('MFADevice entity at the same path and name already exists.');
  const device: MfaDevice = {
    serial,
    seed: random.text(seedDigits, alphabets.base32),
    createdAt: clock.now(),
    driftSteps: 0,
    lastStep: 0,
    tags: newTags(input.Tags),
  };
  state.mfaDevices.put(device);
  return {
    VirtualMFADevice: { SerialNumber: serial, Base32StringSeed: Buffer.from(device.seed), ...shownTags(device.tags) },
  };
};

function getDevice(state: IamState, serial: string): MfaDevice {
  const device = state.mfaDevices.find(serial);
  if (device === undefined) throw errors.noSuch(`VirtualMFADevice with serial number ${serial} doesn't exist.`);
  return device;
}

/** Finds two codes that follow one another; the later one's step. */
function readCodes(device: MfaDevice, first: string, second: string, steps: number, now: number): number {
  const around = stepAt(now);
  const step = stepOfCode(device.seed, first, around, around - steps, around + steps);
  if (step === undefined || codeAt(device.seed, step + 1) !== second)
    throw errors.invalidCode(`Authentication code for device is not valid.`);
  return step + 1;
}

export const devicesOf = (state: IamState, user: string): MfaDevice[] =>
  state.mfaDevices.index('user').list({ prefix: key(lower(user)) });

/** Takes two codes that follow one another. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html */
export const EnableMFADevice: Operation<'EnableMFADevice'> = (input, { state, clock }) => {
  const user = getUser(state, input.UserName);
  const device = getDevice(state, input.SerialNumber);
  if (device.user !== undefined) throw errors.exists('MFA Device is already in use.');
  if (devicesOf(state, user.name).length >= mfaDevicesPerUser)
    throw errors.quota('MFADevicesPerUser', mfaDevicesPerUser);
  const now = clock.now();
  const step = readCodes(device, input.AuthenticationCode1, input.AuthenticationCode2, enablingSteps, now);
  state.mfaDevices.put({ ...device, user: user.name, enabledAt: now, driftSteps: step - stepAt(now), lastStep: step });
  return {};
};

function ownDevice(state: IamState, name: string, serial: string): MfaDevice {
  const user = getUser(state, name);
  const device = devicesOf(state, user.name).find((candidate) => candidate.serial === serial);
  if (device === undefined) throw errors.noSuch(`MFA Device invalid for user.`);
  return device;
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html */
export const ResyncMFADevice: Operation<'ResyncMFADevice'> = (input, { state, clock }) => {
  const device = ownDevice(state, input.UserName, input.SerialNumber);
  const step = readCodes(device, input.AuthenticationCode1, input.AuthenticationCode2, searchedSteps, clock.now());
  state.mfaDevices.put({ ...device, driftSteps: step - stepAt(clock.now()), lastStep: step });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html */
export const DeactivateMFADevice: Operation<'DeactivateMFADevice'> = (input, context) => {
  const user = userOrCaller(input.UserName, context);
  const device = ownDevice(context.state, user?.name ?? '', input.SerialNumber);
  context.state.mfaDevices.put({ ...device, user: undefined, enabledAt: undefined });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html */
export const DeleteVirtualMFADevice: Operation<'DeleteVirtualMFADevice'> = (input, { state }) => {
  const device = getDevice(state, input.SerialNumber);
  if (device.user !== undefined) throw errors.conflict('MFA VirtualDevice in use. Must deactivate first.');
  state.mfaDevices.delete(device.serial);
  return {};
};

const shownDevice = (user: string, device: MfaDevice) => ({
  UserName: user,
  SerialNumber: device.serial,
  EnableDate: toDate(device.enabledAt ?? device.createdAt),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html */
export const ListMFADevices: Operation<'ListMFADevices'> = (input, context) => {
  const name = userOrCaller(input.UserName, context)?.name ?? '';
  const { items, rest } = page(devicesOf(context.state, name), input, ({ serial }) => serial);
  return { MFADevices: items.map((device) => shownDevice(name === '' ? 'root' : name, device)), ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html */
export const GetMFADevice: Operation<'GetMFADevice'> = (input, { state }) => {
  const device = getDevice(state, input.SerialNumber);
  const owner = device.user;
  if (input.UserName !== undefined && lower(input.UserName) !== lower(owner ?? ''))
    throw errors.noSuch('MFA Device invalid for user.');
  return {
    SerialNumber: device.serial,
    ...(owner === undefined ? {} : { UserName: owner === '' ? 'root' : owner }),
    ...(device.enabledAt === undefined ? {} : { EnableDate: toDate(device.enabledAt) }),
  };
};

function shownVirtual({ state, account, partition }: IamContext, device: MfaDevice) {
  const base = { SerialNumber: device.serial, ...shownTags(device.tags) };
  if (device.user === undefined || device.enabledAt === undefined) return base;
  const user = state.users.find(lower(device.user));
  const arn = `arn:${partition}:iam::${account}:root`;
  const shown =
    user === undefined
      ? { Path: '/', UserName: 'root', UserId: account, Arn: arn, CreateDate: new Date(0) }
      : userSummary(user);
  return { ...base, EnableDate: toDate(device.enabledAt), User: shown };
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html */
export const ListVirtualMFADevices: Operation<'ListVirtualMFADevices'> = (input, context) => {
  const wanted = input.AssignmentStatus ?? 'Any';
  const devices = context.state.mfaDevices
    .list()
    .filter(({ user }) => wanted === 'Any' || (user !== undefined) === (wanted === 'Assigned'));
  const { items, rest } = page(devices, input, ({ serial }) => serial);
  return { VirtualMFADevices: items.map((device) => shownVirtual(context, device)), ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagMFADevice.html */
export const TagMFADevice: Operation<'TagMFADevice'> = (input, { state }) => {
  const device = getDevice(state, input.SerialNumber);
  state.mfaDevices.put({ ...device, tags: addTags(device.tags, input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagMFADevice.html */
export const UntagMFADevice: Operation<'UntagMFADevice'> = (input, { state }) => {
  const device = getDevice(state, input.SerialNumber);
  state.mfaDevices.put({ ...device, tags: removeTags(device.tags, input.TagKeys) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADeviceTags.html */
export const ListMFADeviceTags: Operation<'ListMFADeviceTags'> = (input, { state }) =>
  listTags(getDevice(state, input.SerialNumber).tags, input);
