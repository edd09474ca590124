// Network Access Scopes: what ways there should not be, and analyses that look for them.
// @see https://docs.aws.amazon.com/vpc/latest/network-access-analyzer/what-is-network-access-analyzer.html
import type {
  AccessScopePath,
  NetworkInsightsAccessScope,
  NetworkInsightsAccessScopeAnalysis,
  PathComponent,
} from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { walkScope } from './access-scope-walk.ts';
import { Wording } from './insights-component.ts';
import type { AccessScopeAnalysisRow, AccessScopeRow } from './state.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const analysisSeconds = 5;

const getScope = ({ state }: Ec2Context, id: string): AccessScopeRow => get(state.accessScopes, kinds.accessScope, id);

const showScope = (row: AccessScopeRow, context: Ec2Context): NetworkInsightsAccessScope => ({
  NetworkInsightsAccessScopeId: row.id,
  NetworkInsightsAccessScopeArn: arnOf(context, 'network-insights-access-scope', row.id),
  CreatedDate: toDate(row.createdAt),
  UpdatedDate: toDate(row.updatedAt),
  Tags: tagsOf(context, row.id),
});

const showContent = (row: AccessScopeRow) => ({
  NetworkInsightsAccessScopeId: row.id,
  MatchPaths: row.matchPaths as AccessScopePath[],
  ExcludePaths: row.excludePaths as AccessScopePath[],
});

export const CreateNetworkInsightsAccessScope: Operation<'CreateNetworkInsightsAccessScope'> = (input, context) => {
  const { state, ids, clock } = context;
  const matchPaths = input.MatchPaths ?? [];
  if (matchPaths.length === 0) throw errors.missingParameter('MatchPaths');
  const now = clock.now();
  const row: AccessScopeRow = {
    id: ids.resource('nis'),
    createdAt: now,
    updatedAt: now,
    matchPaths,
    excludePaths: input.ExcludePaths ?? [],
  };
  state.accessScopes.put(row);
  tagNew(context, kinds.accessScope, row.id, input.TagSpecifications);
  return {
    NetworkInsightsAccessScope: showScope(row, context),
    NetworkInsightsAccessScopeContent: showContent(row),
  };
};

/** Limit: its analyses must have been deleted before. */
export const DeleteNetworkInsightsAccessScope: Operation<'DeleteNetworkInsightsAccessScope'> = (input, context) => {
  const { state } = context;
  const row = getScope(context, input.NetworkInsightsAccessScopeId);
  if (state.accessScopeAnalyses.index('scope').first({ prefix: key(row.id) }) !== undefined)
    throw errors.other('AnalysisExistsForNetworkInsightsAccessScope', `The access scope '${row.id}' has analyses.`);
  state.accessScopes.delete(row.id);
  dropTags(context, row.id);
  return { NetworkInsightsAccessScopeId: row.id };
};

export const DescribeNetworkInsightsAccessScopes: Operation<'DescribeNetworkInsightsAccessScopes'> = (
  input,
  context,
) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.accessScopes,
    id: (row) => row.id,
    ids: input.NetworkInsightsAccessScopeIds,
    kind: kinds.accessScope,
    least: 1,
    filters: {},
  });
  return { NetworkInsightsAccessScopes: rows.map((row) => showScope(row, context)), NextToken };
};

export const GetNetworkInsightsAccessScopeContent: Operation<'GetNetworkInsightsAccessScopeContent'> = (
  input,
  context,
) => ({ NetworkInsightsAccessScopeContent: showContent(getScope(context, input.NetworkInsightsAccessScopeId)) });

// ── analyses ──

const getAnalysis = ({ state }: Ec2Context, id: string): AccessScopeAnalysisRow =>
  get(state.accessScopeAnalyses, kinds.accessScopeAnalysis, id);

const showAnalysis = (row: AccessScopeAnalysisRow, context: Ec2Context): NetworkInsightsAccessScopeAnalysis => ({
  NetworkInsightsAccessScopeAnalysisId: row.id,
  NetworkInsightsAccessScopeAnalysisArn: arnOf(context, 'network-insights-access-scope-analysis', row.id),
  NetworkInsightsAccessScopeId: row.scopeId,
  Status: row.status,
  StartDate: toDate(row.startedAt),
  EndDate: row.endedAt === undefined ? undefined : toDate(row.endedAt),
  FindingsFound: row.status === 'succeeded' ? (row.findings.length > 0 ? 'true' : 'false') : 'unknown',
  AnalyzedEniCount: row.status === 'succeeded' ? row.analyzedInterfaces : undefined,
  Tags: tagsOf(context, row.id),
});

export const StartNetworkInsightsAccessScopeAnalysis: Operation<'StartNetworkInsightsAccessScopeAnalysis'> = (
  input,
  context,
) => {
  const { state, ids, clock, jobs } = context;
  const scope = getScope(context, input.NetworkInsightsAccessScopeId);
  const row: AccessScopeAnalysisRow = {
    id: ids.resource('nisa'),
    scopeId: scope.id,
    startedAt: clock.now(),
    status: 'running',
    analyzedInterfaces: 0,
    findings: [],
  };
  state.accessScopeAnalyses.put(row);
  tagNew(context, kinds.accessScopeAnalysis, row.id, input.TagSpecifications);
  jobs.at(later(clock.now(), analysisSeconds), 'accessScopeAnalysed', { id: row.id });
  return { NetworkInsightsAccessScopeAnalysis: showAnalysis(row, context) };
};

export function accessScopeAnalysed({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state, parts, clock, partition, region, account } = context;
  const row = state.accessScopeAnalyses.find(id);
  const scope = state.accessScopes.find(row?.scopeId ?? '');
  if (row?.status !== 'running' || scope === undefined) return;
  const topology = parts.network.topology();
  const { interfaces, found } = walkScope(topology, { account, region }, showPaths(scope));
  const wording = new Wording(topology, { partition, region, account });
  state.accessScopeAnalyses.put({
    ...row,
    status: 'succeeded',
    endedAt: clock.now(),
    analyzedInterfaces: interfaces,
    findings: found.map(({ forward }) => JSON.stringify(wording.components(forward))),
  });
}

const showPaths = ({ matchPaths, excludePaths }: AccessScopeRow) => ({
  matchPaths: matchPaths as AccessScopePath[],
  excludePaths: excludePaths as AccessScopePath[],
});

export const DeleteNetworkInsightsAccessScopeAnalysis: Operation<'DeleteNetworkInsightsAccessScopeAnalysis'> = (
  input,
  context,
) => {
  const row = getAnalysis(context, input.NetworkInsightsAccessScopeAnalysisId);
  context.state.accessScopeAnalyses.delete(row.id);
  dropTags(context, row.id);
  return { NetworkInsightsAccessScopeAnalysisId: row.id };
};

export const DescribeNetworkInsightsAccessScopeAnalyses: Operation<'DescribeNetworkInsightsAccessScopeAnalyses'> = (
  input,
  context,
) => {
  const { NetworkInsightsAccessScopeId: scopeId, AnalysisStartTimeBegin: from, AnalysisStartTimeEnd: to } = input;
  const chosen = context.state.accessScopeAnalyses
    .list()
    .filter((row) => scopeId === undefined || row.scopeId === scopeId)
    .filter((row) => from === undefined || row.startedAt >= from.getTime())
    .filter((row) => to === undefined || row.startedAt <= to.getTime());
  const { rows, NextToken } = list(input, context, {
    rows: chosen,
    id: (row) => row.id,
    ids: input.NetworkInsightsAccessScopeAnalysisIds,
    kind: kinds.accessScopeAnalysis,
    least: 1,
    filters: { 'findings-found': (row) => showAnalysis(row, context).FindingsFound, status: (row) => row.status },
  });
  return { NetworkInsightsAccessScopeAnalyses: rows.map((row) => showAnalysis(row, context)), NextToken };
};

export const GetNetworkInsightsAccessScopeAnalysisFindings: Operation<
  'GetNetworkInsightsAccessScopeAnalysisFindings'
> = (input, context) => {
  const row = getAnalysis(context, input.NetworkInsightsAccessScopeAnalysisId);
  const numbered = row.findings.map((text, at) => ({ id: `${row.id}-${String(at + 1).padStart(5, '0')}`, text }));
  const { rows, NextToken } = list(input, context, { rows: numbered, id: ({ id }) => id, filters: {}, least: 1 });
  return {
    NetworkInsightsAccessScopeAnalysisId: row.id,
    AnalysisStatus: row.status,
    AnalysisFindings: rows.map(({ id, text }) => ({
      NetworkInsightsAccessScopeAnalysisId: row.id,
      NetworkInsightsAccessScopeId: row.scopeId,
      FindingId: id,
      FindingComponents: JSON.parse(text) as PathComponent[],
    })),
    NextToken,
  };
};
