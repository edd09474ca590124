// Asking for more. A request is approved some minutes later, on the cloud's clock, and from then on services go by the new value.
import type { RequestedServiceQuotaChange } from '@aws-sdk/client-service-quotas';
import { key } from '../../../kernel/key.ts';
import { later, secondsPerMinute, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { serviceNames } from './quota-table.ts';
import { arnOf, getQuota, pageOf, valueOf } from './quota.ts';
import type { Operation, QuotaContext, RequestRow } from './state.ts';

/** Differs: AWS has people look at large requests, for days; here every one is approved after ten minutes. */
const approveSeconds = 10 * secondsPerMinute;

function show(row: RequestRow, context: QuotaContext): RequestedServiceQuotaChange {
  const fact = getQuota(row.service, row.code);
  return {
    Id: row.id,
    RequestType: 'AutomaticManagement',
    ServiceCode: row.service,
    ServiceName: serviceNames[row.service],
    QuotaCode: row.code,
    QuotaName: fact.name,
    DesiredValue: row.desired,
    Status: row.status,
    Created: toDate(row.createdAt),
    LastUpdated: toDate(row.updatedAt),
    Requester: row.requester,
    QuotaArn: arnOf(context, fact),
    GlobalQuota: fact.global,
    Unit: 'None',
    QuotaRequestedAtLevel: 'ACCOUNT',
  };
}

/** Limit: one open request for a quota; more than the value in force. */
export const RequestServiceQuotaIncrease: Operation<'RequestServiceQuotaIncrease'> = (input, context) => {
  const { state, clock, ids, jobs, caller, account } = context;
  const fact = getQuota(input.ServiceCode, input.QuotaCode);
  if (!fact.adjustable) throw errors.fixed();
  const latest = state.requests
    .index('quota')
    .list({ prefix: key(fact.service, fact.code), reverse: true, limit: 1 })[0];
  if (latest?.status === 'PENDING') throw errors.open();
  if (input.DesiredValue <= valueOf(context, fact)) throw errors.notMore();
  const now = clock.now();
  const row: RequestRow = {
    id: `${ids.hex(32)}${ids.token(8)}`,
    service: fact.service,
    code: fact.code,
    desired: input.DesiredValue,
    status: 'PENDING',
    createdAt: now,
    updatedAt: now,
    requester: JSON.stringify({ accountId: account, callerArn: caller.arn }),
  };
  state.requests.put(row);
  jobs.at(later(now, approveSeconds), 'quotaApproved', { id: row.id });
  return { RequestedQuota: show(row, context) };
};

export function quotaApproved({ id }: { readonly id: string }, { state, clock, quotas }: QuotaContext): void {
  const row = state.requests.find(id);
  if (row?.status !== 'PENDING') return;
  state.requests.put({ ...row, status: 'APPROVED', updatedAt: clock.now() });
  quotas.grant(row.service, row.code, row.desired);
}

export const GetRequestedServiceQuotaChange: Operation<'GetRequestedServiceQuotaChange'> = ({ RequestId }, context) => {
  const row = context.state.requests.find(RequestId);
  if (row === undefined) throw errors.noRequest();
  return { RequestedQuota: show(row, context) };
};

/** Requests of the account, oldest first. */
export const ListRequestedServiceQuotaChangeHistory: Operation<'ListRequestedServiceQuotaChangeHistory'> = (
  input,
  context,
) => {
  const { state } = context;
  const rows =
    input.ServiceCode === undefined
      ? state.requests.index('created').list()
      : state.requests.index('quota').list({ prefix: key(input.ServiceCode) });
  const fitting = rows.filter(({ status }) => input.Status === undefined || status === input.Status);
  const { items, NextToken } = pageOf(input, fitting);
  return { RequestedQuotas: items.map((row) => show(row, context)), NextToken };
};

export const ListRequestedServiceQuotaChangeHistoryByQuota: Operation<
  'ListRequestedServiceQuotaChangeHistoryByQuota'
> = (input, context) => {
  const { service, code } = getQuota(input.ServiceCode, input.QuotaCode);
  const rows = context.state.requests.index('quota').list({ prefix: key(service, code) });
  const fitting = rows.filter(({ status }) => input.Status === undefined || status === input.Status);
  const { items, NextToken } = pageOf(input, fitting);
  return { RequestedQuotas: items.map((row) => show(row, context)), NextToken };
};
