// Every number that AWS states for Fault Injection Service.
// @see https://docs.aws.amazon.com/fis/latest/userguide/fis-quotas.html

/** Templates in a Region. */
export const templatesMax = 500;
/** Experiments that run at a time in a Region. */
export const liveExperimentsMax = 5;
/** Actions of a template. */
export const actionsMax = 20;
/** Stop conditions of a template. */
export const stopConditionsMax = 5;
/** Target accounts of a template. */
export const targetAccountsMax = 40;
/** Resource ARNs of a target. */
export const resourceArnsMax = 5;
/** Seconds of the shortest action: one minute. */
export const shortestAction = 60;
/** Seconds of the longest action: twelve hours. */
export const longestAction = 43_200;
/** Days for which an experiment that ended is kept. */
export const experimentDays = 120;
/** Tags of a resource. */
export const tagsMax = 50;
