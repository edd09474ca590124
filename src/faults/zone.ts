// What the loss of a zone does. This is the one place that says it: the network, guests, disks, capacity and regional services all ask here,
// so they agree about a zone, and none of them knows an outage from anything else that keeps them from answering.
//
//   lost        guests run   reached from outside   disks answer   content stays   room for new
//   network     yes          no                     yes            yes             no
//   power       no           no                     no             yes             no
//   all         no           no                     no             yes             no
//   destroyed   no           no                     no             no              no
//
// Inside a zone that lost its network only, its servers reach each other: it is an island. Regional services (S3, DynamoDB, SQS) keep what
// they hold in three zones and notice nothing, but for what a user asked to be kept in one.

export type ZoneLoss = 'all' | 'power' | 'network' | 'destroyed';

/** How a zone does, as the network sees it. */
export interface ZoneHealth {
  readonly power: boolean;
  /** Whether it is joined to everything outside of it. */
  readonly network: boolean;
}

export const wellZone: ZoneHealth = { power: true, network: true };

/** A zone after one more loss. */
export const afterLoss = ({ power, network }: ZoneHealth, lost: ZoneLoss): ZoneHealth => ({
  power: power && lost === 'network',
  network: network && lost === 'power',
});

/** Servers run. */
export const runsGuests = ({ power }: ZoneHealth): boolean => power;

/** Volumes answer those who reach them. */
export const answersIo = ({ power }: ZoneHealth): boolean => power;

/** It can be reached from outside: by status checks, by AWS's own services, by users. */
export const isReached = ({ power, network }: ZoneHealth): boolean => power && network;

/** New instances find room: a zone that cannot be reached takes none. */
export const hasRoom = isReached;

/** What was kept there, and nowhere else, is gone for good. */
export const losesContent = (lost: ZoneLoss): boolean => lost === 'destroyed';
