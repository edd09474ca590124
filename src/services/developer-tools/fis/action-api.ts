// Calls of an API by chosen roles that fail, or are throttled.
import type { Runner } from './action-runner.ts';
import { faultRunner, percentageOf } from './fault-action.ts';
import type { injections } from './injection.ts';
import { listOf } from './list-parameter.ts';

const apiRunner = (operation: keyof typeof injections, effect: 'error' | 'throttle' | 'unavailable'): Runner =>
  faultRunner(operation, (call) => {
    const { parameters } = call;
    const resources = call.arns('Roles');
    return {
      resources,
      breakages: resources.flatMap((principalArn) =>
        listOf(parameters['operations']).map((name) => ({
          kind: 'api' as const,
          service: parameters['service'] ?? '',
          operation: name,
          principalArn,
          effect,
        })),
      ),
      percentage: percentageOf(call),
    };
  });

export const internalError = apiRunner('InjectApiInternalError', 'error');
export const throttleError = apiRunner('InjectApiThrottleError', 'throttle');
export const unavailableError = apiRunner('InjectApiUnavailableError', 'unavailable');
