// The credential report: every user, its credentials, their age and last use, as CSV.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
import { type Instant, later, secondsBetween, secondsPerDay, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { keysOf } from './access-key.ts';
import { errors } from './errors.ts';
import { devicesOf } from './mfa-device.ts';
import { passwordPolicyOf, settingsOf } from './password-policy.ts';
import { signingCertificatesOf } from './signing-certificate.ts';
import { type AccessKey, type IamContext, lower, type Operation, type SigningCertificate, type User } from './state.ts';

/** Seconds for which a report is given out; afterwards it must be generated anew. */
const validSeconds = 4 * secondsPerHour;

const header = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((number) =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      (column) => `access_key_${number}_${column}`,
    ),
  ),
  ...[1, 2].flatMap((number) => ['active', 'last_rotated'].map((column) => `cert_${number}_${column}`)),
];

const time = (at: Instant): string => `${toDate(at).toISOString().slice(0, 19)}+00:00`;

function keyColumns(accessKey: AccessKey | undefined, { state }: IamContext): string[] {
  if (accessKey === undefined) return ['false', 'N/A', 'N/A', 'N/A', 'N/A'];
  const use = state.uses.find(accessKey.id);
  const used = use === undefined ? ['N/A', 'N/A', 'N/A'] : [time(use.at), use.region, use.service];
  return [String(accessKey.status === 'Active'), time(accessKey.createdAt), ...used];
}

const certificateColumns = (certificate: SigningCertificate | undefined): string[] =>
  certificate === undefined
    ? ['false', 'N/A']
    : [String(certificate.status === 'Active'), time(certificate.uploadedAt)];

function passwordColumns(user: User, { state }: IamContext): string[] {
  const profile = state.loginProfiles.find(lower(user.name));
  if (profile === undefined) return ['false', 'N/A', 'N/A', 'N/A'];
  const used = user.passwordLastUsed === undefined ? 'no_information' : time(user.passwordLastUsed);
  const { maxAgeDays } = passwordPolicyOf(state);
  const next = maxAgeDays === undefined ? 'N/A' : time(later(profile.changedAt, maxAgeDays * secondsPerDay));
  return ['true', used, time(profile.changedAt), next];
}

function userRow(user: User, context: IamContext): string[] {
  const { state, account } = context;
  const [first, second] = keysOf(state, account, user.name);
  const [one, two] = signingCertificatesOf(state, user.name);
  return [
    user.name,
    user.arn,
    time(user.createdAt),
    ...passwordColumns(user, context),
    String(devicesOf(state, user.name).length > 0),
    ...keyColumns(first, context),
    ...keyColumns(second, context),
    ...certificateColumns(one),
    ...certificateColumns(two),
  ];
}

function rootRow(context: IamContext): string[] {
  const { state, account, partition } = context;
  const [first, second] = keysOf(state, account, undefined);
  const arn = `arn:${partition}:iam::${account}:root`;
  const mfa = String(devicesOf(state, '').length > 0);
  const password = ['not_supported', 'no_information', 'not_supported', 'not_supported'];
  const certificates = [...certificateColumns(undefined), ...certificateColumns(undefined)];
  return [
    '<root_account>',
    arn,
    time(0 as Instant),
    ...password,
    mfa,
    ...keyColumns(first, context),
    ...keyColumns(second, context),
    ...certificates,
  ];
}

/** The report of this moment. */
const makeReport = (context: IamContext): string =>
  [header, rootRow(context), ...context.state.users.list().map((user) => userRow(user, context))]
    .map((row) => row.join(','))
    .join('\n');

/**
 * Makes a report, unless there is a fresh one.
 *
 * Differs: AWS takes some seconds; here the report is there at once.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
 */
export const GenerateCredentialReport: Operation<'GenerateCredentialReport'> = (_input, context) => {
  const { state, clock } = context;
  const settings = settingsOf(state);
  const known = settings.report;
  if (known !== undefined && secondsBetween(known.generatedAt, clock.now()) < validSeconds)
    return { State: 'COMPLETE' };
  const report = { content: makeReport(context), generatedAt: clock.now(), readyAt: clock.now() };
  state.settings.put({ ...settings, report });
  return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html */
export const GetCredentialReport: Operation<'GetCredentialReport'> = (_input, { state, clock }) => {
  const settings = settingsOf(state);
  const report = settings.report;
  if (report === undefined) throw errors.reportNotPresent();
  if (secondsBetween(report.generatedAt, clock.now()) >= validSeconds) throw errors.reportExpired();
  return { Content: Buffer.from(report.content), ReportFormat: 'text/csv', GeneratedTime: toDate(report.generatedAt) };
};
