// The servers of the load balancer's measurement: an application load balancer before three simulated servers, and a bare node:http
// reverse proxy before a node:http server of the same process, which answers as much.
import http from 'node:http';
import { startCloud } from '../dist/embed/index.js';

const image = 'ami-0ed094fb1304fd857';

/** A cloud with a load balancer whose three servers are healthy. */
export async function openBalancer() {
  const cloud = await startCloud({ clock: { kind: 'frozen' }, startAt: new Date('2026-03-02T09:00:00Z'), seed: 1 });
  const call = (service, operation, input) => cloud.inside.call(service, operation, input);
  const elb = (operation, input) => call('elastic-load-balancing-v2', operation, input);
  const { Subnets } = await call('ec2', 'DescribeSubnets', {});
  const vpcId = Subnets[0].VpcId;
  const { GroupId } = await call('ec2', 'CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId: vpcId });
  await call('ec2', 'AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  const { Instances } = await call('ec2', 'RunInstances', {
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 3,
    MaxCount: 3,
    SubnetId: Subnets[0].SubnetId,
    SecurityGroupIds: [GroupId],
  });
  const { LoadBalancers } = await elb('CreateLoadBalancer', {
    Name: 'web',
    Subnets: Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId),
    SecurityGroups: [GroupId],
  });
  const { TargetGroups } = await elb('CreateTargetGroup', { Name: 'web', Protocol: 'HTTP', Port: 80, VpcId: vpcId });
  const [{ TargetGroupArn }] = TargetGroups;
  const LoadBalancerArn = LoadBalancers[0].LoadBalancerArn;
  const forward = [{ Type: 'forward', TargetGroupArn }];
  const { Listeners } = await elb('CreateListener', {
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: forward,
  });
  for (let i = 1; i <= 5; i++)
    await elb('CreateRule', {
      ListenerArn: Listeners[0].ListenerArn,
      Priority: i,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [`/other/${i}/*`] } }],
      Actions: forward,
    });
  await cloud.clock.advance(10);
  await elb('RegisterTargets', { TargetGroupArn, Targets: Instances.map(({ InstanceId }) => ({ Id: InstanceId })) });
  await cloud.clock.advance(60);
  // From here on time runs, and with it what the load balancer has capacity for.
  await cloud.inside.setClock({ kind: 'real' });
  return { cloud, host: LoadBalancers[0].DNSName };
}

/** A reverse proxy with connections kept alive, and what is behind it. */
export async function openProxy() {
  const body = 'x'.repeat(100);
  const behind = http.createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
  });
  await new Promise((resolve) => behind.listen(0, '127.0.0.1', resolve));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const { port } = behind.address();
  return http.createServer((request, response) => {
    const { method, url: path, headers } = request;
    const passed = http.request({ agent, host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
}
