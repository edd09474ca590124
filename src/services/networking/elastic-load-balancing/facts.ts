// What Classic Load Balancers announce.

/** `elb.InstancesChanged`: instances were registered or are leaving. */
export interface InstancesChanged {
  readonly balancer: string;
}

/** `elb.InstanceHealthChanged`: an instance went into or out of service. */
export interface InstanceHealthChanged {
  readonly balancer: string;
  readonly instanceId: string;
  readonly state: 'healthy' | 'unhealthy';
}
