import { expect, test } from 'vitest';
import { makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

test('CreateNetworkInterfacePermission: granted at once, in the letters that EC2 writes, until it is deleted', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const SubnetId = await makeSubnet(ec2, await makeVpc(ec2), '10.0.1.0/24');
  const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId });
  const { InterfacePermission } = await ec2.createNetworkInterfacePermission({
    NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId,
    AwsAccountId: '111111111111',
    Permission: 'INSTANCE-ATTACH',
  });
  expect(InterfacePermission?.PermissionState?.State).toBe('GRANTED');
  const NetworkInterfacePermissionId = InterfacePermission?.NetworkInterfacePermissionId as string;
  const asked = { NetworkInterfacePermissionIds: [NetworkInterfacePermissionId] };
  const { NetworkInterfacePermissions } = await ec2.describeNetworkInterfacePermissions(asked);
  expect(NetworkInterfacePermissions).toEqual([InterfacePermission]);
  await ec2.deleteNetworkInterfacePermission({ NetworkInterfacePermissionId });
  expect((await refusal(ec2.deleteNetworkInterfacePermission({ NetworkInterfacePermissionId })))[0]).toBe(
    'InvalidPermissionID.NotFound',
  );
});

test('CreateCarrierGateway: one in a VPC', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const { CarrierGateway } = await ec2.createCarrierGateway({ VpcId });
  expect(CarrierGateway).toMatchObject({ VpcId, State: 'pending' });
  expect((await refusal(ec2.createCarrierGateway({ VpcId })))[0]).toBe('CarrierGatewayLimitExceeded');
  const CarrierGatewayId = CarrierGateway?.CarrierGatewayId as string;
  expect((await ec2.deleteCarrierGateway({ CarrierGatewayId })).CarrierGateway?.State).toBe('deleting');
  expect((await refusal(ec2.deleteCarrierGateway({ CarrierGatewayId })))[0]).toBe('InvalidCarrierGatewayID.NotFound');
});
