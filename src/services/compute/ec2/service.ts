// Table of contents of `ec2`: networks from `networking/vpc/`, servers and volumes from here.
import { type AnyHandler, defineService, operationsIn } from '../../../kernel/service.ts';
import { askCreateFlowLogs, createFlowLogs } from '../../networking/vpc/flow-log.ts';
import { linkFiles, linkJobs } from '../../networking/vpc/contents.ts';
import * as cidrReservations from '../../networking/vpc/cidr-reservation.ts';
import * as classicLinks from '../../networking/vpc/classic-link.ts';
import * as defaults from '../../networking/vpc/default-vpc.ts';
import * as dhcp from '../../networking/vpc/dhcp-options.ts';
import * as elastic from '../../networking/vpc/elastic-address.ts';
import * as interfaceAttributes from '../../networking/vpc/interface-attribute.ts';
import * as gateways from '../../networking/vpc/internet-gateway.ts';
import * as natAddresses from '../../networking/vpc/nat-address.ts';
import * as nat from '../../networking/vpc/nat-gateway.ts';
import * as acls from '../../networking/vpc/network-acl.ts';
import * as interfaces from '../../networking/vpc/network-interface.ts';
import * as prefixLists from '../../networking/vpc/prefix-list.ts';
import * as tables from '../../networking/vpc/route-table.ts';
import * as routes from '../../networking/vpc/route.ts';
import * as rules from '../../networking/vpc/security-group-rule.ts';
import * as groups from '../../networking/vpc/security-group.ts';
import * as subnets from '../../networking/vpc/subnet.ts';
import * as vpcs from '../../networking/vpc/vpc.ts';
import * as accountSettings from './account-setting.ts';
import { around, aroundAsked } from './around.ts';
import * as capacityReservations from './capacity-reservation.ts';
import * as diskSettings from './disk-setting.ts';
import * as fastRestores from './fast-restore.ts';
import * as eventWindows from './event-window.ts';
import * as fleets from './fleet.ts';
import * as hosts from './host.ts';
import * as reservedInstances from './reserved-instance.ts';
import * as scheduledInstances from './scheduled-instance.ts';
import * as imageAttributes from './image-attribute.ts';
import * as imageMaking from './image-make.ts';
import * as images from './image.ts';
import * as instanceAttributes from './instance-attribute.ts';
import { instanceStep } from './instance-life.ts';
import { gatewayMetrics, isGatewayNamespace } from '../../networking/vpc/gateway-metric.ts';
import { instanceMetrics } from './instance-metric.ts';
import * as instanceOptions from './instance-option.ts';
import * as instanceRequirements from './instance-requirement.ts';
import * as instanceTypes from './instance-type-list.ts';
import * as instances from './instance.ts';
import * as interfaceAttachments from './interface-attachment.ts';
import * as keyPairs from './key-pair.ts';
import * as launchTemplates from './launch-template.ts';
import * as passwords from './password.ts';
import * as place from './place.ts';
import * as placementGroups from './placement-group.ts';
import * as profiles from './profile-association.ts';
import * as recovery from './recovery.ts';
import * as snapshotAttributes from './snapshot-attribute.ts';
import * as snapshotLocks from './snapshot-lock.ts';
import { snapshotDone } from './snapshot-make.ts';
import * as snapshotSets from './snapshot-set.ts';
import * as snapshotTiers from './snapshot-tier.ts';
import * as snapshots from './snapshot.ts';
import * as spotFleets from './spot-fleet.ts';
import * as spotPrices from './spot-price.ts';
import * as spot from './spot.ts';
import { type Ec2State, ec2Tables } from './state.ts';
import * as tags from './tag.ts';
import { volumeDetached, volumeMade } from './volume-make.ts';
import * as volumeAttachments from './volume-attachment.ts';
import * as volumeCopies from './volume-copy.ts';
import * as volumeModifications from './volume-modification.ts';
import * as volumeStatus from './volume-status.ts';
import * as volumes from './volume.ts';

const operationsOf = (...files: readonly object[]): Record<string, AnyHandler<Ec2State>> =>
  Object.fromEntries(
    Object.entries(operationsIn<Ec2State>(...files)).map(([name, handler]) => [name, around(name, handler)]),
  );

export default defineService({
  name: 'ec2',
  state: ec2Tables,
  metrics: {
    series: (filter, context) =>
      (isGatewayNamespace(filter.namespace) ? gatewayMetrics : instanceMetrics).series(filter, context),
    read: (window, context) =>
      (isGatewayNamespace(window.namespace) ? gatewayMetrics : instanceMetrics).read(window, context),
  },
  operations: {
    ...operationsOf(
      place,
      tags,
      vpcs,
      classicLinks,
      defaults,
      subnets,
      cidrReservations,
      tables,
      routes,
      gateways,
      nat,
      natAddresses,
      elastic,
      interfaces,
      interfaceAttributes,
      groups,
      rules,
      acls,
      dhcp,
      prefixLists,
      ...linkFiles,
      diskSettings,
      volumes,
      volumeAttachments,
      volumeCopies,
      volumeModifications,
      volumeStatus,
      snapshots,
      snapshotSets,
      snapshotAttributes,
      snapshotTiers,
      snapshotLocks,
      fastRestores,
      instances,
      instanceAttributes,
      instanceOptions,
      passwords,
      interfaceAttachments,
      instanceTypes,
      instanceRequirements,
      images,
      imageMaking,
      imageAttributes,
      keyPairs,
      launchTemplates,
      profiles,
      placementGroups,
      spot,
      spotPrices,
      fleets,
      spotFleets,
      capacityReservations,
      hosts,
      reservedInstances,
      scheduledInstances,
      eventWindows,
      accountSettings,
    ),
    // Those that ask another service first: for a bucket, for an instance profile.
    CreateFlowLogs: aroundAsked('CreateFlowLogs', askCreateFlowLogs, createFlowLogs),
    RequestSpotInstances: aroundAsked('RequestSpotInstances', spot.askRequestSpot, spot.requestSpotInstances),
    CreateFleet: aroundAsked('CreateFleet', fleets.askCreateFleet, fleets.createFleet),
    RequestSpotFleet: aroundAsked('RequestSpotFleet', spotFleets.askRequestSpotFleet, spotFleets.requestSpotFleet),
    RunInstances: aroundAsked('RunInstances', instances.askRunInstances, instances.runInstances),
    AssociateIamInstanceProfile: aroundAsked('AssociateIamInstanceProfile', profiles.askAssociate, profiles.associate),
    ReplaceIamInstanceProfileAssociation: aroundAsked(
      'ReplaceIamInstanceProfileAssociation',
      profiles.askReplace,
      profiles.replace,
    ),
  },
  jobs: {
    natGatewayMade: nat.natGatewayMade,
    natGatewayGone: nat.natGatewayGone,
    natGatewayForgotten: nat.natGatewayForgotten,
    natAddressesGone: natAddresses.natAddressesGone,
    ...linkJobs,
    instanceStep,
    capacityExpired: capacityReservations.capacityExpired,
    spotStep: spot.spotStep,
    spotWatch: spot.spotWatch,
    spotInterrupt: spot.spotInterrupt,
    spotWarn: spot.spotWarn,
    fleetStep: fleets.fleetStep,
    fleetForgotten: fleets.fleetForgotten,
    volumeMade,
    volumeDetached,
    volumeAttached: volumeAttachments.volumeAttached,
    volumeGone: volumes.volumeGone,
    volumeModified: volumeModifications.volumeModified,
    snapshotDone,
    snapshotTiered: snapshotTiers.snapshotTiered,
    snapshotRestoreEnded: snapshotTiers.snapshotRestoreEnded,
    fastRestoreGone: fastRestores.fastRestoreGone,
    recoverInstance: recovery.recoverInstance,
  },
  listens: {
    'faults.Began': recovery.faultBegan,
    'cloudwatch.AlarmAction': recovery.followAlarm,
    'fis.SpotInterruption': spot.interruptSpot,
  },
});
