import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { IAM } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import type { EC2 } from '@aws-sdk/client-ec2';
import { makeSubnet, makeVpc, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

const image = 'ami-0ed094fb1304fd857';

async function run(ec2: EC2, input: object = {}): Promise<string> {
  const { Instances } = await ec2.runInstances({
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    ...input,
  });
  return Instances?.[0]?.InstanceId as string;
}

const seen = async (ec2: EC2, id: string) =>
  (await ec2.describeInstances({ InstanceIds: [id] })).Reservations?.[0]?.Instances?.[0];

test('ModifyInstanceAttribute: the type changes only while the instance is stopped (EC2-06)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const InstanceId = await run(ec2);
  await cloud.clock.advance(3);
  const resize = (Value: string) => ec2.modifyInstanceAttribute({ InstanceId, InstanceType: { Value } });
  expect(await refusal(resize('m5.large'))).toEqual([
    'IncorrectInstanceState',
    `The instance '${InstanceId}' is not in the 'stopped' state.`,
  ]);
  await ec2.stopInstances({ InstanceIds: [InstanceId] });
  await cloud.clock.advance(4);
  expect((await refusal(resize('m6g.large')))[0]).toBe('InvalidParameterValue');
  await resize('m5.xlarge');
  await ec2.startInstances({ InstanceIds: [InstanceId] });
  expect(await seen(ec2, InstanceId)).toMatchObject({
    InstanceType: 'm5.xlarge',
    CpuOptions: { CoreCount: 2, ThreadsPerCore: 2 },
  });
});

test('ModifyInstanceAttribute, DescribeInstanceAttribute: one attribute at a time, as it is shown again', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const InstanceId = await run(ec2, { UserData: Buffer.from('echo').toString('base64') });
  await cloud.clock.advance(3);
  const show = (Attribute: 'userData' | 'disableApiTermination' | 'sourceDestCheck' | 'groupSet') =>
    ec2.describeInstanceAttribute({ InstanceId, Attribute });
  expect((await show('userData')).UserData?.Value).toBe(Buffer.from('echo').toString('base64'));
  await ec2.modifyInstanceAttribute({ InstanceId, DisableApiTermination: { Value: true } });
  expect((await show('disableApiTermination')).DisableApiTermination?.Value).toBe(true);
  await ec2.modifyInstanceAttribute({ InstanceId, SourceDestCheck: { Value: false } });
  expect((await show('sourceDestCheck')).SourceDestCheck?.Value).toBe(false);
  expect((await refusal(ec2.modifyInstanceAttribute({ InstanceId })))[0]).toBe('InvalidParameterCombination');
  const both = { InstanceId, DisableApiTermination: { Value: false }, DisableApiStop: { Value: false } };
  expect((await refusal(ec2.modifyInstanceAttribute(both)))[0]).toBe('InvalidParameterCombination');
  await ec2.modifyInstanceAttribute({
    InstanceId,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } }],
  });
  expect((await seen(ec2, InstanceId))?.BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination).toBe(false);
});

test('ModifyInstanceMetadataOptions, credit specification, monitoring: set and shown', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const InstanceId = await run(ec2, { CreditSpecification: { CpuCredits: 'standard' } });
  await cloud.clock.advance(3);
  const { InstanceMetadataOptions } = await ec2.modifyInstanceMetadataOptions({
    InstanceId,
    HttpTokens: 'optional',
    HttpPutResponseHopLimit: 5,
  });
  expect(InstanceMetadataOptions).toMatchObject({
    State: 'pending',
    HttpTokens: 'optional',
    HttpPutResponseHopLimit: 5,
  });
  expect((await seen(ec2, InstanceId))?.MetadataOptions).toMatchObject({ State: 'applied', HttpTokens: 'optional' });
  expect((await refusal(ec2.modifyInstanceMetadataOptions({ InstanceId, HttpPutResponseHopLimit: 65 })))[0]).toBe(
    'InvalidParameterValue',
  );
  const credits = async () =>
    (await ec2.describeInstanceCreditSpecifications({ InstanceIds: [InstanceId] })).InstanceCreditSpecifications?.[0]
      ?.CpuCredits;
  expect(await credits()).toBe('standard');
  const changed = await ec2.modifyInstanceCreditSpecification({
    InstanceCreditSpecifications: [
      { InstanceId, CpuCredits: 'unlimited' },
      { InstanceId: 'i-00000000', CpuCredits: 'unlimited' },
    ],
  });
  expect(changed.SuccessfulInstanceCreditSpecifications).toEqual([{ InstanceId }]);
  expect(changed.UnsuccessfulInstanceCreditSpecifications?.[0]?.Error?.Code).toBe('InvalidInstanceID.NotFound');
  expect(await credits()).toBe('unlimited');
  const { InstanceMonitorings } = await ec2.monitorInstances({ InstanceIds: [InstanceId] });
  expect(InstanceMonitorings?.[0]?.Monitoring?.State).toBe('pending');
  expect((await seen(ec2, InstanceId))?.Monitoring?.State).toBe('enabled');
  expect(
    (await refusal(run(ec2, { InstanceType: 'm5.large', CreditSpecification: { CpuCredits: 'standard' } })))[0],
  ).toBe('InvalidParameterCombination');
});

test('ModifyDefaultCreditSpecification: new instances of a family begin with what the account chose', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const usual = async (InstanceFamily: 't2' | 't3') =>
    (await ec2.getDefaultCreditSpecification({ InstanceFamily })).InstanceFamilyCreditSpecification?.CpuCredits;
  expect([await usual('t2'), await usual('t3')]).toEqual(['standard', 'unlimited']);
  await ec2.modifyDefaultCreditSpecification({ InstanceFamily: 't3', CpuCredits: 'standard' });
  expect([await usual('t2'), await usual('t3')]).toEqual(['standard', 'standard']);
  const InstanceIds = [await run(ec2, { InstanceType: 't3.micro' })];
  const { InstanceCreditSpecifications } = await ec2.describeInstanceCreditSpecifications({ InstanceIds });
  expect(InstanceCreditSpecifications?.[0]?.CpuCredits).toBe('standard');
  expect((await refusal(ec2.modifyDefaultCreditSpecification({ InstanceFamily: 't3', CpuCredits: 'much' })))[0]).toBe(
    'InvalidParameterValue',
  );
});

test('AttachNetworkInterface: up to the type’s number, in the same zone; the primary one stays', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const vpcId = await makeVpc(ec2);
  const [near, far] = [
    await makeSubnet(ec2, vpcId, '10.0.1.0/24'),
    await makeSubnet(ec2, vpcId, '10.0.2.0/24', 'us-east-1b'),
  ];
  const InstanceId = await run(ec2, { SubnetId: near });
  await cloud.clock.advance(3);
  const nic = async (SubnetId: string) =>
    (await ec2.createNetworkInterface({ SubnetId })).NetworkInterface?.NetworkInterfaceId as string;
  const second = await nic(near);
  const attach = (NetworkInterfaceId: string, DeviceIndex: number) =>
    ec2.attachNetworkInterface({ InstanceId, NetworkInterfaceId, DeviceIndex });
  expect((await refusal(attach(await nic(far), 1)))[0]).toBe('InvalidParameter');
  expect((await refusal(attach(second, 0)))[0]).toBe('InvalidParameter');
  const { AttachmentId } = await attach(second, 1);
  expect((await refusal(attach(second, 2)))[0]).toBe('InvalidNetworkInterface.InUse');
  expect(await refusal(attach(await nic(near), 2))).toEqual([
    'AttachmentLimitExceeded',
    'Interface count 3 exceeds the limit for t3.micro',
  ]);
  await ec2.detachNetworkInterface({ AttachmentId });
  const primary = (await seen(ec2, InstanceId))?.NetworkInterfaces ?? [];
  expect(primary).toHaveLength(1);
  expect((await refusal(ec2.detachNetworkInterface({ AttachmentId: primary[0]?.Attachment?.AttachmentId })))[0]).toBe(
    'OperationNotPermitted',
  );
});

test('CreateKeyPair: a private key that is one, with the fingerprint that AWS shows', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const made = await ec2.createKeyPair({ KeyName: 'rsa' });
  const priv = createPrivateKey(made.KeyMaterial as string);
  const der = priv.export({ type: 'pkcs8', format: 'der' });
  expect(made.KeyFingerprint?.replaceAll(':', '')).toBe(createHash('sha1').update(der).digest('hex'));
  expect(await refusal(ec2.createKeyPair({ KeyName: 'rsa' }))).toEqual([
    'InvalidKeyPair.Duplicate',
    'The keypair already exists',
  ]);
  const { KeyPairs } = await ec2.describeKeyPairs({ KeyNames: ['rsa'], IncludePublicKey: true });
  expect(KeyPairs?.[0]).toMatchObject({ KeyPairId: made.KeyPairId, KeyType: 'rsa' });
  const imported = await ec2.importKeyPair({
    KeyName: 'again',
    PublicKeyMaterial: Buffer.from(KeyPairs?.[0]?.PublicKey as string),
  });
  const spki = createPublicKey(priv).export({ type: 'spki', format: 'der' });
  expect(imported.KeyFingerprint?.replaceAll(':', '')).toBe(createHash('md5').update(spki).digest('hex'));
  const ed = await ec2.createKeyPair({ KeyName: 'ed', KeyType: 'ed25519' });
  expect(ed.KeyMaterial).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----/);
  expect(ed.KeyFingerprint).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  expect((await ec2.createKeyPair({ KeyName: 'putty', KeyFormat: 'ppk' })).KeyMaterial).toMatch(
    /^PuTTY-User-Key-File-2: ssh-rsa/,
  );
  expect(
    (await refusal(ec2.importKeyPair({ KeyName: 'bad', PublicKeyMaterial: Buffer.from('ssh-rsa nonsense') })))[0],
  ).toBe('InvalidKey.Format');
  const unknown = [{ KeyType: 'dsa' as 'rsa' }, { KeyFormat: 'der' as 'pem' }];
  for (const kind of unknown)
    expect((await refusal(ec2.createKeyPair({ KeyName: 'odd', ...kind })))[0]).toBe('InvalidParameterValue');
  expect((await ec2.deleteKeyPair({ KeyName: 'rsa' })).Return).toBe(true);
  expect((await ec2.deleteKeyPair({ KeyName: 'rsa' })).KeyPairId).toBeUndefined();
  expect((await refusal(ec2.describeKeyPairs({ KeyNames: ['rsa'] })))[0]).toBe('InvalidKeyPair.NotFound');
});

test('CreateLaunchTemplate: versions, the default and the latest, and instances launched from them', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { LaunchTemplate } = await ec2.createLaunchTemplate({
    LaunchTemplateName: 'web',
    LaunchTemplateData: {
      ImageId: image,
      InstanceType: 't3.micro',
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'tier', Value: 'web' }] }],
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20 } }],
    },
  });
  expect(LaunchTemplate).toMatchObject({ DefaultVersionNumber: 1, LatestVersionNumber: 1 });
  const LaunchTemplateId = LaunchTemplate?.LaunchTemplateId as string;
  expect(
    (await refusal(ec2.createLaunchTemplate({ LaunchTemplateName: 'web', LaunchTemplateData: { ImageId: image } })))[0],
  ).toBe('InvalidLaunchTemplateName.AlreadyExistsException');
  const second = await ec2.createLaunchTemplateVersion({
    LaunchTemplateId,
    SourceVersion: '1',
    LaunchTemplateData: { InstanceType: 't3.small' },
  });
  expect(second.LaunchTemplateVersion).toMatchObject({
    VersionNumber: 2,
    DefaultVersion: false,
    LaunchTemplateData: { ImageId: image, InstanceType: 't3.small' },
  });
  const launch = async (Version?: string) => {
    const { Instances } = await ec2.runInstances({
      LaunchTemplate: { LaunchTemplateName: 'web', Version },
      MinCount: 1,
      MaxCount: 1,
    });
    return Instances?.[0];
  };
  const first = await launch();
  expect(first?.InstanceType).toBe('t3.micro');
  expect(first?.Tags).toEqual([
    { Key: 'aws:ec2launchtemplate:id', Value: LaunchTemplateId },
    { Key: 'aws:ec2launchtemplate:version', Value: '1' },
    { Key: 'tier', Value: 'web' },
  ]);
  expect((await ec2.describeVolumes()).Volumes?.[0]?.Size).toBe(20);
  expect((await launch('$Latest'))?.InstanceType).toBe('t3.small');
  expect((await refusal(launch('7')))[0]).toBe('InvalidLaunchTemplateId.VersionNotFound');
  await ec2.modifyLaunchTemplate({ LaunchTemplateId, DefaultVersion: '2' });
  expect((await launch())?.InstanceType).toBe('t3.small');
  const gone = await ec2.deleteLaunchTemplateVersions({ LaunchTemplateId, Versions: ['1', '2', '9'] });
  expect(gone.SuccessfullyDeletedLaunchTemplateVersions?.map((one) => one.VersionNumber)).toEqual([1]);
  expect(gone.UnsuccessfullyDeletedLaunchTemplateVersions?.map((one) => one.ResponseError?.Code)).toEqual([
    'unexpectedError',
    'launchTemplateVersionDoesNotExist',
  ]);
  expect((await ec2.describeLaunchTemplateVersions({ Versions: ['$Latest'] })).LaunchTemplateVersions).toHaveLength(1);
  await ec2.deleteLaunchTemplate({ LaunchTemplateId });
  expect((await refusal(ec2.describeLaunchTemplates({ LaunchTemplateIds: [LaunchTemplateId] })))[0]).toBe(
    'InvalidLaunchTemplateId.NotFound',
  );
});

test('RunInstances: an instance profile is one that IAM knows', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  expect(await refusal(run(ec2, { IamInstanceProfile: { Name: 'web' } }))).toEqual([
    'InvalidParameterValue',
    'Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
  ]);
  const iam = cloud.client(IAM, {
    region: 'us-east-1',
    credentials: { accessKeyId: '000000000000', secretAccessKey: 'test' },
  });
  const { InstanceProfile } = await iam.createInstanceProfile({ InstanceProfileName: 'web' });
  const InstanceId = await run(ec2, { IamInstanceProfile: { Name: 'web' } });
  expect((await seen(ec2, InstanceId))?.IamInstanceProfile).toEqual({
    Arn: InstanceProfile?.Arn,
    Id: InstanceProfile?.InstanceProfileId,
  });
  const again = { InstanceId, IamInstanceProfile: { Name: 'web' } };
  expect((await refusal(ec2.associateIamInstanceProfile(again)))[0]).toBe('IncorrectState');
  const found = await ec2.describeIamInstanceProfileAssociations({
    Filters: [{ Name: 'instance-id', Values: [InstanceId] }],
  });
  const AssociationId = found.IamInstanceProfileAssociations?.[0]?.AssociationId as string;
  await ec2.disassociateIamInstanceProfile({ AssociationId });
  expect((await seen(ec2, InstanceId))?.IamInstanceProfile).toBeUndefined();
  expect((await ec2.associateIamInstanceProfile(again)).IamInstanceProfileAssociation?.State).toBe('associating');
});

test('CreatePlacementGroup: a spread group takes seven in a zone, a group in use stays', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  await ec2.createPlacementGroup({ GroupName: 'apart', Strategy: 'spread' });
  const Placement = { GroupName: 'apart', AvailabilityZone: 'us-east-1a' };
  const ids: string[] = [];
  for (let at = 0; at < 7; at++) ids.push(await run(ec2, { Placement }));
  expect((await refusal(run(ec2, { Placement })))[0]).toBe('InsufficientInstanceCapacity');
  expect((await refusal(ec2.deletePlacementGroup({ GroupName: 'apart' })))[0]).toBe('InvalidPlacementGroup.InUse');
  await ec2.terminateInstances({ InstanceIds: ids });
  await cloud.clock.advance(4);
  await ec2.deletePlacementGroup({ GroupName: 'apart' });
  expect(await refusal(run(ec2, { Placement }))).toEqual([
    'InvalidPlacementGroup.Unknown',
    "The Placement Group 'apart' is unknown.",
  ]);
});
