// What Elastic Load Balancing announces.

/** `elb.TargetsChanged`: targets of a group were registered or are leaving. */
export interface TargetsChanged {
  readonly groupArn: string;
}

/** `elb.TargetHealthChanged`: a target became healthy or unhealthy (Auto Scaling groups with health type ELB listen). */
export interface TargetHealthChanged {
  readonly groupArn: string;
  readonly targetId: string;
  readonly port?: number | undefined;
  readonly state: 'healthy' | 'unhealthy';
  readonly reason?: string | undefined;
}
