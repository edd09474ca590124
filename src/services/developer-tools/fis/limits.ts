// Every number that AWS states for Fault Injection Service.
// @see https://docs.aws.amazon.com/fis/latest/userguide/fis-quotas.html

export const templatesMax = 500;
export const liveExperimentsMax = 5;
export const actionsMax = 20;
export const stopConditionsMax = 5;
export const resourceArnsMax = 5;
/** Seconds of an action: one minute to twelve hours. */
export const shortestAction = 60;
export const longestAction = 43_200;
/** Days for which an experiment that ended is kept. */
export const experimentDays = 120;
export const tagsMax = 50;
