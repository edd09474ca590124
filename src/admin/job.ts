// /_hakoniwa/jobs: what is to come.
import type { Job } from '../kernel/jobs.ts';
import { badRequest } from './answer.ts';
import type { House } from './house.ts';

const defaultLimit = 100;
const longestList = 10_000;

const viewOf = ({ at, service, name, account, region, data }: Job) => ({
  at: new Date(at).toISOString(),
  service,
  name,
  account,
  region,
  data,
});

export function listJobs({ jobs }: House, query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? defaultLimit);
  if (!Number.isInteger(limit) || limit < 0 || limit > longestList)
    throw badRequest(`No limit: ${query.get('limit')}`, `Use 0 to ${longestList}.`);
  const service = query.get('service');
  const found = jobs.list().filter((job) => service === null || job.service === service);
  return { total: found.length, jobs: found.slice(0, limit).map(viewOf) };
}
