// Quotas: AWS's defaults, and what is in force for the account.
import type { ServiceQuota } from '@aws-sdk/client-service-quotas';
import { errors } from './errors.ts';
import { findQuota, type QuotaFact, quotasOf, serviceNames } from './quota-table.ts';
import type { Operation, QuotaContext } from './state.ts';

export const arnOf = ({ partition, region, account }: QuotaContext, { service, code, global }: QuotaFact): string =>
  `arn:${partition}:servicequotas:${global ? '' : region}:${account}:${service}/${code}`;

const defaultArnOf = ({ partition, region }: QuotaContext, { service, code, global }: QuotaFact): string =>
  `arn:${partition}:servicequotas:${global ? '' : region}::${service}/${code}`;

/** @throws NoSuchResourceException */
export function getQuota(service: string, code: string): QuotaFact {
  if (!Object.hasOwn(serviceNames, service)) throw errors.noService();
  const found = findQuota(service, code);
  if (found === undefined) throw errors.noQuota();
  return found;
}

/** The value in force. */
export const valueOf = ({ quotas }: QuotaContext, { service, code, value }: QuotaFact): number =>
  quotas.granted(service, code) ?? value;

const show = (fact: QuotaFact, QuotaArn: string, Value: number): ServiceQuota => ({
  ServiceCode: fact.service,
  ServiceName: serviceNames[fact.service],
  QuotaArn,
  QuotaCode: fact.code,
  QuotaName: fact.name,
  Value,
  Unit: 'None',
  Adjustable: fact.adjustable,
  GlobalQuota: fact.global,
  QuotaAppliedAtLevel: 'ACCOUNT',
});

const showApplied = (context: QuotaContext, fact: QuotaFact): ServiceQuota =>
  show(fact, arnOf(context, fact), valueOf(context, fact));

const showDefault = (context: QuotaContext, fact: QuotaFact): ServiceQuota =>
  show(fact, defaultArnOf(context, fact), fact.value);

/** Pages of up to a hundred; the token is where the next one starts. */
export function pageOf<Item>(
  { MaxResults, NextToken }: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
  items: readonly Item[],
): { readonly items: Item[]; readonly NextToken: string | undefined } {
  const from = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64').toString());
  if (!Number.isSafeInteger(from) || from < 0) throw errors.token();
  const to = from + (MaxResults ?? 100);
  return {
    items: items.slice(from, to),
    NextToken: to < items.length ? Buffer.from(String(to)).toString('base64') : undefined,
  };
}

export const ListServices: Operation<'ListServices'> = (input) => {
  const services = Object.entries(serviceNames).map(([ServiceCode, ServiceName]) => ({ ServiceCode, ServiceName }));
  const { items, NextToken } = pageOf(input, services);
  return { Services: items, NextToken };
};

function listOf(service: string): QuotaFact[] {
  if (!Object.hasOwn(serviceNames, service)) throw errors.noService();
  return quotasOf(service);
}

export const ListServiceQuotas: Operation<'ListServiceQuotas'> = (input, context) => {
  const facts = listOf(input.ServiceCode).filter(
    ({ code }) => input.QuotaCode === undefined || code === input.QuotaCode,
  );
  // None of these quotas is applied to single resources.
  const { items, NextToken } = pageOf(input, input.QuotaAppliedAtLevel === 'RESOURCE' ? [] : facts);
  return { Quotas: items.map((fact) => showApplied(context, fact)), NextToken };
};

export const ListAWSDefaultServiceQuotas: Operation<'ListAWSDefaultServiceQuotas'> = (input, context) => {
  const { items, NextToken } = pageOf(input, listOf(input.ServiceCode));
  return { Quotas: items.map((fact) => showDefault(context, fact)), NextToken };
};

/** The value that is in force for the account. */
export const GetServiceQuota: Operation<'GetServiceQuota'> = ({ ServiceCode, QuotaCode }, context) => ({
  Quota: showApplied(context, getQuota(ServiceCode, QuotaCode)),
});

export const GetAWSDefaultServiceQuota: Operation<'GetAWSDefaultServiceQuota'> = (
  { ServiceCode, QuotaCode },
  context,
) => ({
  Quota: showDefault(context, getQuota(ServiceCode, QuotaCode)),
});
