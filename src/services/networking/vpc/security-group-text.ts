// What the names and descriptions of security groups and their rules may say.
import { errors } from '../../compute/ec2/errors.ts';

const textForm = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/;
const textMax = 255;
const isText = (value: string): boolean => value.length <= textMax && textForm.test(value);

const invalidDescription = (of: string) =>
  errors.invalidValue(
    `Invalid ${of} description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*`,
  );

const beyondAscii = (value: string, parameter: string) =>
  errors.valueOf(value, parameter, 'Character sets beyond ASCII are not supported.');

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
export function checkGroupName(value: string): void {
  if (value === '') throw errors.missingParameter('groupName');
  if (value.length > textMax) throw errors.valueOf(value, 'GroupName', 'It is longer than 255 characters.');
  if (!isText(value)) throw beyondAscii(value, 'GroupName');
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
export function checkGroupDescription(value: string): void {
  if (value === '') throw errors.missingParameter('groupDescription');
  if (/\P{ASCII}/u.test(value)) throw beyondAscii(value, 'GroupDescription');
  if (!isText(value)) throw invalidDescription('security group');
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html */
export function checkRuleDescription(value: string | undefined): void {
  if (value !== undefined && !isText(value)) throw invalidDescription('rule');
}
