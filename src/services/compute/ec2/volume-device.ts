// Names of devices. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
import { diskErrors } from './volume-error.ts';

/** `/dev/sdf`, `/dev/xvdf`, `sdf`, `xvdba`, with or without a partition's number. */
const deviceForm = /^(?:\/dev\/)?(?:sd[a-z]|xvd[a-z]{1,2}|hd[a-z])(?:\d{1,2})?$/;

/** @throws InvalidParameterValue for what is no name of a device. */
export function checkDevice(device: string): void {
  if (!deviceForm.test(device)) throw diskErrors.deviceName(device);
}
