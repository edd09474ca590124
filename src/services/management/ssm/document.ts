// Documents: what Systems Manager is to do, kept in versions.
//
// Differs: a document is kept in the format in which it came, and `GetDocument` gives it so; AWS's own documents (`AWS-…`) are not here.
// @see https://docs.aws.amazon.com/systems-manager/latest/userguide/documents.html
import { createHash } from 'node:crypto';
import type { DocumentDescription, DocumentParameter } from '@aws-sdk/client-ssm';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { documentMaxBytes, documentVersionsMax } from './limits.ts';
import type { Input, Operation, SsmContext } from './operation.ts';
import { getDocument } from './document-find.ts';
import { pageOf } from './page.ts';
import type { DocumentRow, DocumentVersion } from './state.ts';
import { dropTags, putTags, tagsOf } from './tag.ts';

/** What is read of a document's content. */
interface Content {
  readonly schemaVersion: string;
  readonly description?: string | undefined;
  readonly parameters?:
    | Readonly<Record<string, { type?: string; description?: string; default?: unknown }>>
    | undefined;
}

const schemaVersions = ['1.0', '1.2', '2.0', '2.2', '0.3'];

/** Of YAML the two lines that are needed are read, and no more. */
const yamlLine = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s*["']?([^"'\\n]*?)["']?\\s*$`, 'm').exec(text)?.[1];

function readContent(text: string, format: DocumentVersion['format']): Content {
  if (Buffer.byteLength(text) > documentMaxBytes) throw errors.documentSize();
  if (format === 'TEXT') return { schemaVersion: '' };
  if (format === 'YAML')
    return { schemaVersion: yamlLine(text, 'schemaVersion') ?? '', description: yamlLine(text, 'description') };
  const value = parseJson(text);
  if (!isRecord(value)) throw errors.documentContent('JSON not well-formed.');
  const { schemaVersion, description, parameters } = value;
  if (parameters !== undefined && !(isRecord(parameters) && Object.values(parameters).every(isRecord)))
    throw errors.documentContent('The parameters of the document are not well-formed.');
  return {
    schemaVersion: typeof schemaVersion === 'string' ? schemaVersion : '',
    description: typeof description === 'string' ? description : undefined,
    parameters: parameters as Content['parameters'],
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkContent(text: string, format: DocumentVersion['format']): void {
  const { schemaVersion } = readContent(text, format);
  if (format === 'TEXT') return;
  if (schemaVersion === '') throw errors.documentContent('The schemaVersion of the document is missing.');
  if (!schemaVersions.includes(schemaVersion)) throw errors.documentSchema(schemaVersion);
}

const latestOf = ({ versions }: DocumentRow): DocumentVersion => versions.at(-1) as DocumentVersion;

/** Default: the default version. `$LATEST` and `$DEFAULT` name what they say. */
function versionOf(row: DocumentRow, version: string | undefined, versionName?: string): DocumentVersion {
  const wanted = version === '$LATEST' ? latestOf(row).version : version === '$DEFAULT' ? row.defaultVersion : version;
  const found = row.versions.find((one) =>
    versionName === undefined ? one.version === (wanted ?? row.defaultVersion) : one.versionName === versionName,
  );
  if (found === undefined) throw errors.noVersion();
  return found;
}

const showParameters = ({ parameters = {} }: Content): DocumentParameter[] =>
  Object.entries(parameters).map(([Name, { type, description, default: value }]) => ({
    Name,
    Type: type === 'StringList' ? 'StringList' : 'String',
    Description: typeof description === 'string' ? description : undefined,
    DefaultValue: value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value),
  }));

function describe(row: DocumentRow, version: DocumentVersion, context: SsmContext): DocumentDescription {
  const content = readContent(version.content, version.format);
  return {
    Name: row.name,
    DisplayName: version.displayName,
    VersionName: version.versionName,
    Hash: createHash('sha256').update(version.content).digest('hex'),
    HashType: 'Sha256',
    Owner: context.account,
    CreatedDate: toDate(version.createdAt),
    Status: 'Active',
    DocumentVersion: version.version,
    Description: content.description,
    Parameters: showParameters(content),
    PlatformTypes: ['Linux', 'MacOS', 'Windows'],
    DocumentType: row.type as 'Command',
    SchemaVersion: content.schemaVersion,
    LatestVersion: latestOf(row).version,
    DefaultVersion: row.defaultVersion,
    DocumentFormat: version.format,
    TargetType: version.targetType,
    Tags: tagsOf(context, 'Document', row.name),
  };
}

const makeVersion = (
  input: Input<'CreateDocument'> | Input<'UpdateDocument'>,
  version: number,
  format: DocumentVersion['format'],
  { clock }: SsmContext,
): DocumentVersion => ({
  version: String(version),
  versionName: input.VersionName,
  content: input.Content,
  format,
  displayName: input.DisplayName,
  targetType: input.TargetType,
  createdAt: clock.now(),
});

const ownName = /^(?!aws|amazon|amzn)/i;

/** Default: a `Command` document in JSON. Limit: 64 KiB. */
export const CreateDocument: Operation<'CreateDocument'> = (input, context) => {
  const { state } = context;
  if (!ownName.test(input.Name))
    throw errors.invalid(`Document name ${input.Name} is reserved: it cannot start with aws, amazon or amzn.`);
  if (state.documents.has(input.Name)) throw errors.documentExists(input.Name);
  const format = input.DocumentFormat ?? 'JSON';
  checkContent(input.Content, format);
  const version = makeVersion(input, 1, format, context);
  const row: DocumentRow = {
    name: input.Name,
    type: input.DocumentType ?? 'Command',
    versions: [version],
    defaultVersion: version.version,
    nextVersion: 2,
    sharedWith: [],
  };
  state.documents.put(row);
  putTags(context, 'Document', row.name, input.Tags ?? []);
  return { DocumentDescription: { ...describe(row, version, context), Status: 'Creating' } };
};

/** Adds a version; the default one stays what it was. */
export const UpdateDocument: Operation<'UpdateDocument'> = (input, context) => {
  const row = getDocument(context, input.Name);
  const based = versionOf(row, input.DocumentVersion ?? '$LATEST');
  const format = input.DocumentFormat ?? based.format;
  checkContent(input.Content, format);
  if (row.versions.some(({ content }) => content === input.Content)) throw errors.sameContent();
  if (input.VersionName !== undefined && row.versions.some(({ versionName }) => versionName === input.VersionName))
    throw errors.sameVersionName();
  if (row.versions.length >= documentVersionsMax) throw errors.versionLimit();
  const version = makeVersion(input, row.nextVersion, format, context);
  const changed = { ...row, versions: [...row.versions, version], nextVersion: row.nextVersion + 1 };
  context.state.documents.put(changed);
  return { DocumentDescription: { ...describe(changed, version, context), Status: 'Updating' } };
};

export const UpdateDocumentDefaultVersion: Operation<'UpdateDocumentDefaultVersion'> = (input, context) => {
  const row = getDocument(context, input.Name);
  const { version, versionName } = versionOf(row, input.DocumentVersion);
  context.state.documents.put({ ...row, defaultVersion: version });
  return { Description: { Name: row.name, DefaultVersion: version, DefaultVersionName: versionName } };
};

/** Deletes a document with all its versions, or one version that is not the default. */
export const DeleteDocument: Operation<'DeleteDocument'> = (input, context) => {
  const row = getDocument(context, input.Name);
  if (row.sharedWith.length > 0)
    throw errors.documentOperation('You must stop sharing the document before you can delete it.');
  if (input.DocumentVersion === undefined && input.VersionName === undefined) {
    context.state.documents.delete(row.name);
    dropTags(context, 'Document', row.name);
    return {};
  }
  const { version } = versionOf(row, input.DocumentVersion, input.VersionName);
  if (version === row.defaultVersion)
    throw errors.documentOperation('The default version of a document cannot be deleted.');
  context.state.documents.put({ ...row, versions: row.versions.filter((one) => one.version !== version) });
  return {};
};

export const GetDocument: Operation<'GetDocument'> = (input, context) => {
  const row = getDocument(context, input.Name);
  const version = versionOf(row, input.DocumentVersion, input.VersionName);
  return {
    Name: row.name,
    CreatedDate: toDate(version.createdAt),
    DisplayName: version.displayName,
    VersionName: version.versionName,
    DocumentVersion: version.version,
    Status: 'Active',
    Content: version.content,
    DocumentType: row.type as 'Command',
    DocumentFormat: version.format,
  };
};

export const DescribeDocument: Operation<'DescribeDocument'> = (input, context) => {
  const row = getDocument(context, input.Name);
  return { Document: describe(row, versionOf(row, input.DocumentVersion, input.VersionName), context) };
};

const filterValue: Readonly<Record<string, (row: DocumentRow, context: SsmContext) => readonly string[]>> = {
  Name: ({ name }) => [name],
  DocumentType: ({ type }) => [type],
  Owner: (_row, { account }) => [account, 'Self', 'All'],
  PlatformTypes: () => ['Linux', 'MacOS', 'Windows'],
  TargetType: (row) => [versionOf(row, undefined).targetType ?? ''],
};

function fits(row: DocumentRow, key: string, values: readonly string[], context: SsmContext): boolean {
  if (key === 'SearchKeyword') return values.every((word) => row.name.toLowerCase().includes(word.toLowerCase()));
  const tags = key.startsWith('tag:') ? tagsOf(context, 'Document', row.name) : undefined;
  if (tags !== undefined) return tags.some(({ Key, Value }) => key === `tag:${Key}` && values.includes(Value));
  const look = filterValue[key];
  if (look === undefined) throw errors.filterKey(key, Object.keys(filterValue));
  const own = look(row, context);
  return values.some((value) => own.includes(value) || (key === 'Name' && row.name.startsWith(value)));
}

export const ListDocuments: Operation<'ListDocuments'> = (input, context) => {
  const older = (input.DocumentFilterList ?? []).map(({ key, value }) => [key ?? '', [value ?? '']] as const);
  const newer = (input.Filters ?? []).map(({ Key, Values }) => [Key ?? '', Values ?? []] as const);
  const filters = [...older, ...newer];
  const rows = context.state.documents
    .list()
    .filter((row) => filters.every(([key, values]) => fits(row, key, values, context)));
  const { items, NextToken } = pageOf(input, rows, ({ name }) => name, 50);
  const DocumentIdentifiers = items.map((row) => {
    const described = describe(row, versionOf(row, undefined), context);
    const { Name, CreatedDate, DisplayName, Owner, VersionName, PlatformTypes, DocumentVersion, Tags } = described;
    const { DocumentType, SchemaVersion, DocumentFormat, TargetType } = described;
    const what = { DocumentType, SchemaVersion, DocumentFormat, TargetType, Tags };
    return { Name, CreatedDate, DisplayName, Owner, VersionName, PlatformTypes, DocumentVersion, ...what };
  });
  return { DocumentIdentifiers, NextToken };
};

export const ListDocumentVersions: Operation<'ListDocumentVersions'> = (input, context) => {
  const row = getDocument(context, input.Name);
  const { items, NextToken } = pageOf(input, row.versions, ({ version }) => version, 50);
  const DocumentVersions = items.map((one) => ({
    Name: row.name,
    DisplayName: one.displayName,
    DocumentVersion: one.version,
    VersionName: one.versionName,
    CreatedDate: toDate(one.createdAt),
    IsDefaultVersion: one.version === row.defaultVersion,
    DocumentFormat: one.format,
    Status: 'Active' as const,
  }));
  return { DocumentVersions, NextToken };
};
