// Every number that AWS states for CloudWatch, with its unit in the name.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
import { kibibyte, secondsPerDay, secondsPerHour } from '../../../kernel/units.ts';

export const datumsMax = 1_000;
export const valuesPerDatumMax = 150;
export const dimensionsMax = 30;
/** Data may be this much older or newer than now. */
export const pastSecondsMax = 14 * secondsPerDay;
export const futureSecondsMax = 2 * secondsPerHour;
/** A value's magnitude lies between 8.515920e-109 and 1.174271e+108 (base 10), or 2^-360 and 2^360 (base 2). */
export const valueMax = 2 ** 360;

/** How long data is kept at which resolution. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention */
export const retention = [
  { resolutionSeconds: 1, keptSeconds: 3 * secondsPerHour },
  { resolutionSeconds: 60, keptSeconds: 15 * secondsPerDay },
  { resolutionSeconds: 300, keptSeconds: 63 * secondsPerDay },
  { resolutionSeconds: 3_600, keptSeconds: 455 * secondsPerDay },
] as const;

export const datapointsOfStatisticsMax = 1_440;
export const queriesMax = 500;
export const datapointsOfDataMax = 100_800;

export const metricsListedMax = 500;
/** Metrics without new data for this long are no longer listed. */
export const listedSeconds = 14 * secondsPerDay;
export const recentlyActiveSeconds = 3 * secondsPerHour;

export const actionsMax = 5;
export const alarmRuleLengthMax = 10_240;
export const alarmRuleChildrenMax = 100;
export const alarmsDeletedMax = 100;
export const alarmsPageMax = 100;
export const alarmsPageDefault = 50;
/** AWS keeps an alarm's history for 30 days. */
export const historySeconds = 30 * secondsPerDay;
export const historyPageDefault = 50;

export const tagsMax = 50;
export const dashboardsPage = 1_000;
export const dashboardWidgetsMax = 500;
export const insightRulesMax = 100;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricWidgetImage.html */
export const widgetMetricsMax = 100;
export const widgetBytesMax = 100 * kibibyte;
export const widgetPixelsMax = 2_000;

/** Namespaces and metric names in the filters of a metric stream. */
export const streamFilterNamesMax = 1_000;
export const streamStatisticsMetricsMax = 100;
export const streamStatisticsMax = 20;
export const streamsPageMax = 500;
export const searchResultsMax = 500;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html */
export const selectedMetricsMax = 10_000;
export const selectedSeriesMax = 500;
export const selectAlarmSecondsMax = 3 * secondsPerHour;
export const selectAlarmsMax = 200;
