// Checks the code of a caller's own MFA device.
import type { IamContext, MfaDevice } from './state.ts';
import { lower } from './state.ts';
import { stepAt, stepOfCode } from './totp.ts';

/** Steps by which a device's clock may be off before it must be resynchronized. */
const toleratedSteps = 2;

function ownDevice(serial: string, { state, caller }: IamContext): MfaDevice | undefined {
  const device = state.mfaDevices.find(serial);
  const owner = caller.kind === 'root' ? '' : lower(caller.userName ?? '*');
  return device?.enabledAt !== undefined && lower(device.user ?? '*') === owner ? device : undefined;
}

function stepOf(device: MfaDevice, code: string, { clock }: IamContext): number | undefined {
  const around = stepAt(clock.now()) + device.driftSteps;
  // A code is good once: nothing up to the last step counts any more.
  return stepOfCode(
    device.seed,
    code,
    around,
    Math.max(around - toleratedSteps, device.lastStep + 1),
    around + toleratedSteps,
  );
}

/** Is it a code of the caller's device, of now, and not yet used? */
export function verifyMfaCode(serial: string, code: string, context: IamContext): boolean {
  const home = context.elsewhere(context.caller.account, context.region);
  const device = ownDevice(serial, home);
  return device !== undefined && stepOf(device, code, home) !== undefined;
}

/** Notes that the code was used. Inside a transaction, after `verifyMfaCode`. */
export function spendMfaCode(serial: string, code: string, context: IamContext): void {
  const home = context.elsewhere(context.caller.account, context.region);
  const device = ownDevice(serial, home);
  const step = device === undefined ? undefined : stepOf(device, code, home);
  if (device !== undefined && step !== undefined) home.state.mfaDevices.put({ ...device, lastStep: step });
}
