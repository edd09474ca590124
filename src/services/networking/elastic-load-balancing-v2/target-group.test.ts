import { expect, test } from 'vitest';
import { makePlace, refusal } from './fixture.ts';

test('CreateTargetGroup: defaults of each protocol and target type (ELB-07)', async () => {
  await using place = await makePlace('defaults');
  const make = async (input: object) =>
    (await place.elb.createTargetGroup({ Name: 'g', VpcId: place.vpcId, ...input })).TargetGroups?.[0];
  expect(await make({ Name: 'http', Protocol: 'HTTP', Port: 80 })).toMatchObject({
    TargetGroupArn: expect.stringMatching(/:targetgroup\/http\/[0-9a-f]{16}$/),
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: '/',
    HealthCheckIntervalSeconds: 30,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
    Matcher: { HttpCode: '200' },
    TargetType: 'instance',
    ProtocolVersion: 'HTTP1',
    IpAddressType: 'ipv4',
    LoadBalancerArns: [],
  });
  expect(await make({ Name: 'tcp', Protocol: 'TCP', Port: 80 })).toMatchObject({
    HealthCheckProtocol: 'TCP',
    HealthCheckTimeoutSeconds: 10,
    HealthyThresholdCount: 5,
  });
  expect(await make({ Name: 'lambda', TargetType: 'lambda', VpcId: undefined })).toMatchObject({
    HealthCheckEnabled: false,
    HealthCheckIntervalSeconds: 35,
    TargetType: 'lambda',
  });
  expect(await make({ Name: 'grpc', Protocol: 'HTTP', Port: 80, ProtocolVersion: 'GRPC' })).toMatchObject({
    HealthCheckPath: '/AWS.ALB/healthcheck',
    Matcher: { GrpcCode: '12' },
  });
  expect(await make({ Name: 'geneve', Protocol: 'GENEVE', Port: 6081 })).toMatchObject({
    HealthCheckPort: '80',
    HealthCheckIntervalSeconds: 10,
  });
});

test('CreateTargetGroup: what does not belong together is refused; the same again is answered', async () => {
  await using place = await makePlace('groups');
  const make = (input: object) =>
    place.elb.createTargetGroup({ Name: 'g', Protocol: 'HTTP', Port: 80, VpcId: place.vpcId, ...input });
  await expect(make({ Protocol: undefined })).rejects.toEqual(
    refusal('ValidationError', 'A protocol must be specified'),
  );
  await expect(make({ Port: undefined })).rejects.toEqual(refusal('ValidationError', 'A port must be specified'));
  await expect(make({ VpcId: undefined })).rejects.toEqual(refusal('ValidationError', 'A VPC ID must be specified'));
  await expect(make({ VpcId: 'vpc-12345678' })).rejects.toEqual(refusal('ValidationError', /vpc-12345678/));
  await expect(make({ Name: 'a'.repeat(33) })).rejects.toEqual(refusal('ValidationError', /'32' characters/));
  await expect(make({ Protocol: 'GENEVE' })).rejects.toEqual(refusal('ValidationError', /6081/));
  await expect(make({ Protocol: 'TCP', ProtocolVersion: 'HTTP2' })).rejects.toEqual(
    refusal('ValidationError', /Protocol version/),
  );
  await expect(make({ HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 5 })).rejects.toEqual(
    refusal('ValidationError', "Health check timeout '5' must be smaller than the interval '5'"),
  );
  await expect(make({ HealthCheckPath: 'ping' })).rejects.toEqual(refusal('ValidationError', /begin with a '\/'/));
  await expect(make({ Matcher: { HttpCode: '500' } })).rejects.toEqual(refusal('ValidationError', /500/));
  const first = await make({});
  expect((await make({})).TargetGroups?.[0]?.TargetGroupArn).toBe(first.TargetGroups?.[0]?.TargetGroupArn);
  await expect(make({ Port: 81 })).rejects.toEqual(
    refusal(
      'DuplicateTargetGroupNameException',
      'A target group with the same name exists, but with different settings',
    ),
  );
});

test('DeleteTargetGroup: refused while a listener sends to it', async () => {
  await using place = await makePlace('in-use');
  const LoadBalancerArn = await place.makeBalancer('web');
  const TargetGroupArn = await place.makeGroup('web');
  const { Listeners } = await place.elb.createListener({
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  const groups = await place.elb.describeTargetGroups({ LoadBalancerArn });
  expect(groups.TargetGroups?.[0]).toMatchObject({ TargetGroupArn, LoadBalancerArns: [LoadBalancerArn] });
  await expect(place.elb.deleteTargetGroup({ TargetGroupArn })).rejects.toEqual(
    refusal('ResourceInUseException', `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`),
  );
  await place.elb.deleteListener({ ListenerArn: Listeners?.[0]?.ListenerArn });
  await place.elb.deleteTargetGroup({ TargetGroupArn });
  await place.elb.deleteTargetGroup({ TargetGroupArn });
  await expect(place.elb.describeTargetGroups({ TargetGroupArns: [TargetGroupArn] })).rejects.toEqual(
    refusal('TargetGroupNotFoundException', 'One or more target groups not found'),
  );
});

test('ModifyTargetGroupAttributes: stickiness, slow start and algorithms that exclude each other (ELB-14)', async () => {
  await using place = await makePlace('attributes');
  const TargetGroupArn = await place.makeGroup('web');
  const set = (attributes: Record<string, string>) =>
    place.elb.modifyTargetGroupAttributes({
      TargetGroupArn,
      Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
    });
  await expect(set({ 'no.such.key': '1' })).rejects.toEqual(
    refusal('ValidationError', "Target group attribute key 'no.such.key' is not recognized"),
  );
  await expect(set({ 'preserve_client_ip.enabled': 'true' })).rejects.toEqual(
    refusal('InvalidConfigurationRequestException', /not supported/),
  );
  await expect(set({ 'deregistration_delay.timeout_seconds': '3601' })).rejects.toEqual(
    refusal('ValidationError', /3601/),
  );
  await expect(set({ 'stickiness.enabled': 'true', 'stickiness.type': 'app_cookie' })).rejects.toEqual(
    refusal('InvalidConfigurationRequestException', /cookie name/),
  );
  await expect(
    set({
      'slow_start.duration_seconds': '30',
      'load_balancing.algorithm.type': 'least_outstanding_requests',
    }),
  ).rejects.toEqual(refusal('InvalidConfigurationRequestException', /Slow start/));
  const { Attributes } = await set({ 'slow_start.duration_seconds': '30' });
  expect(Attributes).toContainEqual({ Key: 'slow_start.duration_seconds', Value: '30' });
});

test('RegisterTargets: instances, addresses and ports are checked; what is not registered is told of as unused (ELB-06)', async () => {
  await using place = await makePlace('targets');
  const TargetGroupArn = await place.makeGroup('web');
  const Id = 'i-0123456789abcdef0';
  await expect(place.elb.registerTargets({ TargetGroupArn, Targets: [{ Id }] })).rejects.toEqual(
    refusal('InvalidTargetException', `The following targets are not valid instances: '${Id}'`),
  );
  await expect(place.elb.registerTargets({ TargetGroupArn, Targets: [{ Id: '10.0.0.1' }] })).rejects.toEqual(
    refusal('ValidationError', /not valid/),
  );
  const { TargetHealthDescriptions } = await place.elb.describeTargetHealth({ TargetGroupArn, Targets: [{ Id }] });
  expect(TargetHealthDescriptions).toEqual([
    {
      Target: { Id, Port: 80 },
      TargetHealth: {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      },
    },
  ]);
  const { Instances = [] } = await place.ec2.runInstances({
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
  });
  const instance = Instances[0]?.InstanceId as string;
  await place.elb.registerTargets({
    TargetGroupArn,
    Targets: [
      { Id: instance, Port: 8080 },
      { Id: instance, Port: 8081 },
    ],
  });
  const health = await place.elb.describeTargetHealth({ TargetGroupArn });
  expect(
    health.TargetHealthDescriptions?.map(({ Target, TargetHealth }) => [Target?.Port, TargetHealth?.Reason]),
  ).toEqual([
    [8080, 'Target.NotInUse'],
    [8081, 'Target.NotInUse'],
  ]);
  await place.elb.deregisterTargets({ TargetGroupArn, Targets: [{ Id: instance, Port: 8080 }] });
  expect((await place.elb.describeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions).toHaveLength(1);
  const ip = await place.elb.createTargetGroup({
    Name: 'ip',
    Protocol: 'HTTP',
    Port: 80,
    VpcId: place.vpcId,
    TargetType: 'ip',
  });
  const arn = ip.TargetGroups?.[0]?.TargetGroupArn as string;
  const register = (target: object) =>
    place.elb.registerTargets({ TargetGroupArn: arn, Targets: [target as { Id: string }] });
  await expect(register({ Id: '10.1.2.3' })).rejects.toEqual(refusal('ValidationError', /outside the VPC/));
  await expect(register({ Id: '8.8.8.8', AvailabilityZone: 'all' })).rejects.toEqual(
    refusal('InvalidTargetException', /CIDR/),
  );
  await register({ Id: '10.1.2.3', AvailabilityZone: 'all' });
});
