// How long things take. AWS states none of these; they are short, so that nobody waits without need, and longer than nothing, so
// that states can be seen.

/** From `CREATING` to `ACTIVE`, in seconds. */
export const createSeconds = 1;
/** From `UPDATING` to `ACTIVE`, in seconds. */
export const updateSeconds = 1;
/** From `DELETING` to gone, in seconds. */
export const deleteSeconds = 1;
/** Before back-filling of a new index starts, in seconds. */
export const backfillSeconds = 1;
/** Items back-filled, copied or cleared away by one job. */
export const chunkItems = 10_000;
/** A stream is `ENABLING` or `DISABLING` for so long, in seconds. */
export const streamSeconds = 1;
/** Time to live is `ENABLING` or `DISABLING` for so long, in seconds. AWS says up to an hour. */
export const timeToLiveSeconds = 2;
/** Expired items are taken away once in so many seconds. AWS says within a few days. */
export const expirySeconds = 60;
/** A write is seen in the other Regions of a global table after so long, in seconds. AWS says within a second, usually. */
export const replicationSeconds = 1;
/** A new replica is `CREATING` for so long, in seconds. */
export const replicaSeconds = 5;
/** A backup is `CREATING` for so long, in seconds. */
export const backupSeconds = 1;
/** A restored table is `CREATING` for so long, in seconds. AWS says within an hour, usually. */
export const restoreSeconds = 5;
/** An export or import is `IN_PROGRESS` for so long, in seconds. */
export const transferSeconds = 5;
/** Contributor insights and Kinesis destinations change their state within so many seconds. */
export const settingSeconds = 1;
