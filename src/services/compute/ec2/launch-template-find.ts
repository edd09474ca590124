// Finding a launch template, and the version of it that a launch means.
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors, kinds } from './errors.ts';
import { type LaunchTemplateRow, type LaunchTemplateVersionRow, readTemplateData } from './launch-template-state.ts';
import type { Ec2Context } from './operation.ts';

export interface TemplateName {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

/** The template that a request names by ID or by name. */
export function getTemplate(
  context: Ec2Context,
  { LaunchTemplateId, LaunchTemplateName }: TemplateName,
): LaunchTemplateRow {
  const { state } = context;
  if (LaunchTemplateId !== undefined && LaunchTemplateName !== undefined) {
    throw errors.other(
      'InvalidParameterCombination',
      'The parameters LaunchTemplateId and LaunchTemplateName cannot be used together.',
    );
  }
  if (LaunchTemplateId !== undefined) {
    const found = state.launchTemplates.find(LaunchTemplateId);
    if (found !== undefined) return found;
    if (!/^lt-[0-9a-f]+$/.test(LaunchTemplateId)) {
      throw errors.other('InvalidLaunchTemplateId.Malformed', `Invalid launch template ID: '${LaunchTemplateId}'`);
    }
    throw kinds.launchTemplate.missing(LaunchTemplateId);
  }
  if (LaunchTemplateName === undefined) {
    throw errors.missingParameter('LaunchTemplateId or LaunchTemplateName');
  }
  const found = state.launchTemplates.index('name').first({ prefix: key(LaunchTemplateName) });
  if (found !== undefined) return found;
  throw errors.other(
    'InvalidLaunchTemplateName.NotFoundException',
    'At least one of the launch templates specified in the request does not exist.',
  );
}

/** The number that `$Latest`, `$Default` or a number in text stands for. */
export function versionNumber(row: LaunchTemplateRow, version: string | undefined): number {
  if (version === undefined || version === '$Default') return row.defaultVersion;
  if (version === '$Latest') return row.latestVersion;
  if (!/^\d+$/.test(version)) {
    throw errors.invalidValue(
      `Invalid launch template version: Launch template version number should be an integer or one of $Latest or $Default`,
    );
  }
  return Number(version);
}

export function getVersion(context: Ec2Context, row: LaunchTemplateRow, version?: string): LaunchTemplateVersionRow {
  const number = versionNumber(row, version);
  const found = context.state.launchTemplateVersions.find(key(row.id, number));
  if (found !== undefined) return found;
  throw errors.other(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${version ?? number} for the launch template with ID ${row.id}.`,
  );
}

/** What a launch takes from the template that it names. */
export function templateData(
  context: Ec2Context,
  name: TemplateName & { readonly Version?: string | undefined },
): RequestLaunchTemplateData & { readonly TemplateId: string; readonly TemplateVersion: number } {
  const row = getTemplate(context, name);
  const version = getVersion(context, row, name.Version);
  return { ...readTemplateData(version), TemplateId: row.id, TemplateVersion: version.version };
}
