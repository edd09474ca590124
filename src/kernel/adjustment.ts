// How much a scaling policy changes a capacity: pure arithmetic, the same for groups of EC2 and for what Application Auto Scaling scales.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html

/** A step of a policy: an interval beyond the threshold, and what it changes. */
export interface Step {
  readonly MetricIntervalLowerBound?: number | undefined;
  readonly MetricIntervalUpperBound?: number | undefined;
  readonly ScalingAdjustment?: number | undefined;
}

/**
 * A capacity after an adjustment. Percentages are rounded: down to whole instances above 1, up to 1 between 0 and 1, and likewise below
 * zero; then the least magnitude counts.
 */
export function adjust(
  current: number,
  type: string | undefined,
  adjustment: number,
  minMagnitude: number | undefined,
): number {
  if (type === 'ExactCapacity') return adjustment;
  if (type !== 'PercentChangeInCapacity') return current + adjustment;
  const exact = (current * adjustment) / 100;
  const whole = Math.abs(exact) >= 1 ? Math.trunc(exact) : Math.sign(exact);
  const least = minMagnitude ?? 0;
  const change = adjustment !== 0 && Math.abs(whole) < least ? Math.sign(adjustment) * least : whole;
  return current + change;
}

/** The step for a metric that is so far beyond (or below) the threshold. The bound nearer to the threshold belongs to the step. */
export function stepFor(steps: readonly Step[], value: number, threshold: number): Step | undefined {
  const by = value - threshold;
  const isBelow = steps.every(({ MetricIntervalUpperBound: upper }) => upper !== undefined && upper <= 0);
  return steps.find(({ MetricIntervalLowerBound: lower, MetricIntervalUpperBound: upper }) =>
    by < 0 || isBelow
      ? (lower === undefined || by > lower) && (upper === undefined || by <= upper)
      : (lower === undefined || by >= lower) && (upper === undefined || by < upper),
  );
}

/** So many instances bring a metric that each shares to its target. */
export const neededFor = (instances: number, value: number, target: number): number =>
  Math.ceil((instances * value) / target - 1e-9);
