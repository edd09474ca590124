// examples/three-tier with Terraform: it comes up, a second plan is empty, it serves over a real port, loses a zone and heals, and goes.
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect } from 'vitest';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { ask } from '../journeys/ask.ts';
import { findTerraform } from './provider.ts';
import { suiteOf } from './tool.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

const tool = findTerraform();
const terraform = suiteOf(tool);
let cloud: RunningCloud;
let workspace: Workspace;

beforeAll(async () => {
  // NAT gateways and servers need minutes in AWS; the provider's own waits remain, sixty seconds for a load balancer.
  cloud = await startCloud({ seed: 'three-tier', strict: true, clock: { kind: 'scaled', factor: 30 } });
  await cloud.listen();
  workspace = await openWorkspace(tool, new URL('../../examples/three-tier', import.meta.url), cloud.endpoint);
});
afterAll(async () => {
  await cloud.close();
  await workspace.remove();
});

async function zonesThatAnswer(host: string): Promise<ReadonlySet<string>> {
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(cloud.endpoint, host)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  return new Set(answers.map(({ headers }) => String(headers['x-hakoniwa-zone'])));
}

terraform.test(
  'terraform: examples/three-tier: apply, an empty plan, HTTP through the load balancer, a lost zone, destroy (RGN-03, ASG-04)',
  async () => {
    const { succeeds } = workspace;
    await succeeds('init');
    expect(await succeeds('apply', '-auto-approve', '-parallelism=30')).toContain('Apply complete!');
    await workspace.isSettled();

    const { code, text: host } = await workspace.tf('output', '-raw', 'host');
    expect([code, host]).toEqual([0, expect.stringMatching(/^shop-\d+\.us-east-1\.elb\.localhost$/)]);
    await cloud.clock.freeze();
    await cloud.clock.advance(120);
    expect(await zonesThatAnswer(host)).toEqual(new Set(['us-east-1a', 'us-east-1b']));
    const fault = cloud.faults.add({ kind: 'zone', zone: 'us-east-1a' });
    await cloud.clock.advance(600);
    expect(await zonesThatAnswer(host)).toEqual(new Set(['us-east-1b']));
    cloud.faults.end(fault.id);
    await cloud.clock.advance(600);
    expect(await zonesThatAnswer(host)).toEqual(new Set(['us-east-1a', 'us-east-1b']));

    await cloud.clock.resume(30);
    expect(await succeeds('destroy', '-auto-approve', '-parallelism=30')).toContain('Destroy complete!');
    const { Reservations = [] } = await cloud.client(EC2, { region: 'us-east-1' }).describeInstances({});
    expect(Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name))).not.toContain(
      'running',
    );
    const { AutoScalingGroups } = await cloud
      .client(AutoScaling, { region: 'us-east-1' })
      .describeAutoScalingGroups({});
    expect(AutoScalingGroups).toEqual([]);
  },
  300_000,
);

terraform.report();
