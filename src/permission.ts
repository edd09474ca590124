// What IAM is asked before an operation runs.
import type { Decoded } from './kernel/road.ts';
import type { AnyService, Context, Permission } from './kernel/service.ts';

type PermissionTable = typeof import('./services/security/iam/permission-table.ts');
let permissionTable: PermissionTable | undefined;

/** What a service says itself, or else what AWS's service authorization reference does; its table is loaded when it is first asked. */
export function permissionsOf(
  service: AnyService,
  call: Decoded,
  context: Context<never>,
): readonly Permission[] | Promise<readonly Permission[]> {
  const own = service.permissions?.[call.operation]?.(call.input, context);
  if (own !== undefined) return own;
  if (permissionTable !== undefined) return permissionTable.permissionsOf(call);
  return import('./services/security/iam/permission-table.ts').then((module) => {
    permissionTable = module;
    return module.permissionsOf(call);
  });
}
