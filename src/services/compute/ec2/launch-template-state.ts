// Launch templates: rows as they are kept.
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export interface LaunchTemplateRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly defaultVersion: number;
  readonly latestVersion: number;
}

export interface LaunchTemplateVersionRow {
  readonly templateId: string;
  readonly version: number;
  readonly description?: string | undefined;
  readonly createdAt: Instant;
  readonly createdBy: string;
  /** The request's data, as JSON. */
  readonly data: string;
}

export const launchTemplateTables = {
  launchTemplates: table<LaunchTemplateRow>()({
    key: (row) => row.id,
    indexes: { name: (row: LaunchTemplateRow) => key(row.name) },
  }),
  launchTemplateVersions: table<LaunchTemplateVersionRow>()({ key: (row) => key(row.templateId, row.version) }),
};

export const writeTemplateData = (data: RequestLaunchTemplateData): string => JSON.stringify(data);
export const readTemplateData = (row: LaunchTemplateVersionRow): RequestLaunchTemplateData =>
  JSON.parse(row.data) as RequestLaunchTemplateData;
