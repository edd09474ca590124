// What a group launches while an instance refresh is bringing something new.
import { key } from '../../../kernel/key.ts';
import type { GroupRow, LaunchSource, RefreshRow, ScalingContext, TemplateSpecification } from './state.ts';

export const activeRefresh = ({ state }: ScalingContext, group: string): RefreshRow | undefined =>
  state.refreshes.index('active').first({ prefix: key(group) });

/** What a refresh wants to be launched, as a group's source. */
export function sourceOf({ wanted }: Pick<RefreshRow, 'wanted'>): LaunchSource | undefined {
  if (wanted?.MixedInstancesPolicy !== undefined) return { mixed: wanted.MixedInstancesPolicy };
  const template = wanted?.LaunchTemplate;
  if (template === undefined) return undefined;
  const specification: TemplateSpecification = {
    id: template.LaunchTemplateId ?? '',
    name: template.LaunchTemplateName ?? '',
    version: template.Version,
  };
  return { template: specification };
}

/** The group as it launches now: with what the running refresh wants, until that is done or taken back. */
export function effective(context: ScalingContext, group: GroupRow): GroupRow {
  const refresh = activeRefresh(context, group.name);
  if (refresh === undefined || refresh.isRollback || refresh.status === 'Pending') return group;
  const source = sourceOf(refresh);
  return source === undefined ? group : { ...group, source };
}
