// Reachability Analyzer: a path is walked by the same `trace` as all traffic, forward and back, and told in AWS's words.
import type { Explanation, NetworkInsightsAnalysis, PathComponent } from '@aws-sdk/client-ec2';
import { later, toDate } from '../../../kernel/units.ts';
import type { Topology } from '../../../network/topology.ts';
import { trace, type Trace } from '../../../network/trace.ts';
import { get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { Wording } from './insights-component.ts';
import { flowsOf } from './insights-flow.ts';
import { getPath } from './insights-path.ts';
import type { InsightsAnalysisRow, InsightsPathRow } from './state.ts';

/** Differs: about half a minute for a small network at AWS; here short, since clients wait for it in real time. */
const analysisSeconds = 5;

interface Answer {
  readonly forward: readonly PathComponent[];
  readonly back: readonly PathComponent[];
  readonly explanations: readonly Explanation[];
}

const showAnalysis = (row: InsightsAnalysisRow, context: Ec2Context): NetworkInsightsAnalysis => {
  const answer = JSON.parse(row.answer) as Answer;
  const done = row.status === 'succeeded';
  return {
    NetworkInsightsAnalysisId: row.id,
    NetworkInsightsAnalysisArn: arnOf(context, 'network-insights-analysis', row.id),
    NetworkInsightsPathId: row.pathId,
    StartDate: toDate(row.startedAt),
    Status: row.status,
    StatusMessage: row.message,
    NetworkPathFound: row.found,
    FilterInArns: row.filterInArns.length === 0 ? undefined : [...row.filterInArns],
    FilterOutArns: row.filterOutArns.length === 0 ? undefined : [...row.filterOutArns],
    AdditionalAccounts: row.additionalAccounts.length === 0 ? undefined : [...row.additionalAccounts],
    ForwardPathComponents: done ? [...answer.forward] : undefined,
    ReturnPathComponents: done ? [...answer.back] : undefined,
    Explanations: done && answer.explanations.length > 0 ? [...answer.explanations] : undefined,
    AlternatePathHints: done && row.found === true ? [] : undefined,
    Tags: tagsOf(context, row.id),
  };
};

/** Starts an analysis: `running` for a while, then `succeeded`, whether a path is there or not. */
export const StartNetworkInsightsAnalysis: Operation<'StartNetworkInsightsAnalysis'> = (input, context) => {
  const { state, ids, clock, jobs } = context;
  const path = getPath(context, input.NetworkInsightsPathId);
  const row: InsightsAnalysisRow = {
    id: ids.resource('nia'),
    pathId: path.id,
    startedAt: clock.now(),
    status: 'running',
    filterInArns: input.FilterInArns ?? [],
    filterOutArns: input.FilterOutArns ?? [],
    additionalAccounts: input.AdditionalAccounts ?? [],
    answer: JSON.stringify({ forward: [], back: [], explanations: [] } satisfies Answer),
  };
  state.insightsAnalyses.put(row);
  tagNew(context, kinds.networkInsightsAnalysis, row.id, input.TagSpecifications);
  jobs.at(later(clock.now(), analysisSeconds), 'insightsAnalysed', { id: row.id });
  return { NetworkInsightsAnalysis: showAnalysis(row, context) };
};

/** The best of the walks: one that is delivered, else the first. */
function walkPath(topology: Topology, path: InsightsPathRow): Trace | undefined {
  let first: Trace | undefined;
  for (const flow of flowsOf(topology, path)) {
    const walked = trace(topology, flow);
    if (walked.disposition === 'delivered') return walked;
    first ??= walked;
  }
  return first;
}

export function insightsAnalysed({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state, parts, partition, region, account } = context;
  const row = state.insightsAnalyses.find(id);
  const path = state.insightsPaths.find(row?.pathId ?? '');
  if (row?.status !== 'running' || path === undefined) return;
  const topology = parts.network.topology();
  const wording = new Wording(topology, { partition, region, account });
  const walked = walkPath(topology, path);
  const { forward, back, reasons } = tell(wording, walked, path);
  const ids = new Set([...forward, ...back].flatMap(({ Component }) => Component?.Id ?? []));
  const has = (arn: string) => ids.has(arn.split('/').at(-1) ?? arn);
  const isFiltered = !row.filterInArns.every(has) || row.filterOutArns.some(has);
  const found = walked?.disposition === 'delivered' && endsThere(walked, path) && !isFiltered;
  const answer: Answer = {
    forward: found ? forward : [],
    back: found ? back : [],
    explanations: found ? [] : reasons.length > 0 ? reasons : [{ ExplanationCode: 'NO_POSSIBLE_DESTINATION' }],
  };
  state.insightsAnalyses.put({ ...row, status: 'succeeded', found, answer: JSON.stringify(answer) });
}

/** A path to a gateway is there only when the packet truly passes that gateway. */
function endsThere({ forward }: Trace, { destination }: InsightsPathRow): boolean {
  if (destination === undefined || /^(?:i|eni)-/.test(destination)) return true;
  return (
    forward.hops.some(({ component }) => component.id === destination) ||
    (forward.destination?.kind === 'service' && forward.destination.endpointId === destination)
  );
}

function tell(wording: Wording, walked: Trace | undefined, path: InsightsPathRow) {
  if (walked === undefined) {
    const missing: Explanation = { ExplanationCode: 'NO_SOURCE_OR_DESTINATION', MissingComponent: path.destination };
    return { forward: [], back: [], reasons: [missing] };
  }
  const { forward, back } = walked;
  const failed = forward.disposition === 'delivered' ? back : forward;
  const reason = failed?.explanation;
  return {
    forward: wording.components(forward),
    back: back === undefined ? [] : wording.components(back),
    reasons: reason === undefined || failed === undefined ? [] : [wording.explanation(reason, failed.packet)],
  };
}

export const DeleteNetworkInsightsAnalysis: Operation<'DeleteNetworkInsightsAnalysis'> = (input, context) => {
  const row = get(context.state.insightsAnalyses, kinds.networkInsightsAnalysis, input.NetworkInsightsAnalysisId);
  context.state.insightsAnalyses.delete(row.id);
  dropTags(context, row.id);
  return { NetworkInsightsAnalysisId: row.id };
};

export const DescribeNetworkInsightsAnalyses: Operation<'DescribeNetworkInsightsAnalyses'> = (input, context) => {
  const { NetworkInsightsPathId: pathId, AnalysisStartTime: from, AnalysisEndTime: to } = input;
  const rows = context.state.insightsAnalyses
    .list()
    .filter((row) => pathId === undefined || row.pathId === pathId)
    .filter(
      (row) =>
        (from === undefined || row.startedAt >= from.getTime()) && (to === undefined || row.startedAt <= to.getTime()),
    );
  const page = list(input, context, {
    rows,
    id: (row) => row.id,
    ids: input.NetworkInsightsAnalysisIds,
    kind: kinds.networkInsightsAnalysis,
    least: 1,
    filters: { 'path-found': (row) => row.found, status: (row) => row.status },
  });
  return {
    NetworkInsightsAnalyses: page.rows.map((row) => showAnalysis(row, context)),
    NextToken: page.NextToken,
  };
};
