import { expect, test } from 'vitest';
import { refusal, startFixture } from './fixture.ts';

const Content = JSON.stringify({
  schemaVersion: '2.2',
  description: 'says hello',
  parameters: { name: { type: 'String', description: 'whom', default: 'you' } },
  mainSteps: [{ action: 'aws:runShellScript', name: 'hello', inputs: { runCommand: ['echo hello'] } }],
});

test('CreateDocument: described, read back, listed and shared until it is deleted', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  const Name = 'say-hello';
  const { DocumentDescription } = await ssm.createDocument({ Name, Content, Tags: [{ Key: 'a', Value: 'b' }] });
  expect(DocumentDescription).toMatchObject({
    Status: 'Creating',
    DocumentType: 'Command',
    DocumentFormat: 'JSON',
    SchemaVersion: '2.2',
    Description: 'says hello',
    HashType: 'Sha256',
    Parameters: [{ Name: 'name', Type: 'String', Description: 'whom', DefaultValue: 'you' }],
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  expect((await ssm.describeDocument({ Name })).Document?.Status).toBe('Active');
  expect((await ssm.getDocument({ Name })).Content).toBe(Content);
  const { DocumentIdentifiers } = await ssm.listDocuments({ Filters: [{ Key: 'Owner', Values: ['Self'] }] });
  expect(DocumentIdentifiers?.map((one) => one.Name)).toEqual([Name]);
  expect((await ssm.listDocuments({ Filters: [{ Key: 'Owner', Values: ['Amazon'] }] })).DocumentIdentifiers).toEqual(
    [],
  );
  expect((await refusal(ssm.createDocument({ Name, Content })))[0]).toBe('DocumentAlreadyExists');
  await ssm.modifyDocumentPermission({ Name, PermissionType: 'Share', AccountIdsToAdd: ['111111111111'] });
  expect((await ssm.describeDocumentPermission({ Name, PermissionType: 'Share' })).AccountIds).toEqual([
    '111111111111',
  ]);
  expect((await refusal(ssm.deleteDocument({ Name })))[0]).toBe('InvalidDocumentOperation');
  await ssm.modifyDocumentPermission({ Name, PermissionType: 'Share', AccountIdsToRemove: ['111111111111'] });
  await ssm.deleteDocument({ Name });
  expect((await refusal(ssm.getDocument({ Name })))[0]).toBe('InvalidDocument');
});

test('UpdateDocument: versions beside the default one, which moves when told', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  const Name = 'versions';
  await ssm.createDocument({ Name, Content });
  const changed = Content.replace('echo hello', 'echo bye');
  expect((await refusal(ssm.updateDocument({ Name, Content })))[0]).toBe('DuplicateDocumentContent');
  await ssm.updateDocument({ Name, Content: changed, DocumentVersion: '$LATEST', VersionName: 'bye' });
  expect((await ssm.getDocument({ Name })).DocumentVersion).toBe('1');
  expect((await ssm.getDocument({ Name, VersionName: 'bye' })).Content).toBe(changed);
  await ssm.updateDocumentDefaultVersion({ Name, DocumentVersion: '2' });
  const { DocumentVersions } = await ssm.listDocumentVersions({ Name });
  expect(DocumentVersions?.map((one) => [one.DocumentVersion, one.IsDefaultVersion])).toEqual([
    ['1', false],
    ['2', true],
  ]);
  expect((await refusal(ssm.deleteDocument({ Name, DocumentVersion: '2' })))[0]).toBe('InvalidDocumentOperation');
  expect((await refusal(ssm.getDocument({ Name, DocumentVersion: '9' })))[0]).toBe('InvalidDocumentVersion');
});

test('CreateDocument: what is no document is refused', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  expect((await refusal(ssm.createDocument({ Name: 'bad', Content: '{' })))[0]).toBe('InvalidDocumentContent');
  const odd = JSON.stringify({ schemaVersion: '2.2', parameters: { name: null } });
  expect((await refusal(ssm.createDocument({ Name: 'bad', Content: odd })))[0]).toBe('InvalidDocumentContent');
  const unknown = JSON.stringify({ schemaVersion: '9.9' });
  expect((await refusal(ssm.createDocument({ Name: 'bad', Content: unknown })))[0]).toBe(
    'InvalidDocumentSchemaVersion',
  );
  const yaml = 'schemaVersion: "2.2"\ndescription: in YAML\nmainSteps: []\n';
  const made = await ssm.createDocument({ Name: 'yaml', Content: yaml, DocumentFormat: 'YAML' });
  expect(made.DocumentDescription).toMatchObject({ SchemaVersion: '2.2', Description: 'in YAML' });
});

test('StartSession: no machine is connected', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  expect(await refusal(ssm.startSession({ Target: 'i-0123456789abcdef0' }))).toEqual([
    'TargetNotConnected',
    'i-0123456789abcdef0 is not connected.',
  ]);
  expect((await ssm.describeSessions({ State: 'Active' })).Sessions).toEqual([]);
});
