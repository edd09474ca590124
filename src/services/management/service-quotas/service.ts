// Service Quotas: the limits of an account, and how it has them raised.
import { defineService } from '../../../kernel/service.ts';
import {
  GetRequestedServiceQuotaChange,
  ListRequestedServiceQuotaChangeHistory,
  ListRequestedServiceQuotaChangeHistoryByQuota,
  quotaApproved,
  RequestServiceQuotaIncrease,
} from './quota-request.ts';
import {
  GetAWSDefaultServiceQuota,
  GetServiceQuota,
  ListAWSDefaultServiceQuotas,
  ListServiceQuotas,
  ListServices,
} from './quota.ts';
import { quotaRequestTables } from './state.ts';
import { ListTagsForResource, TagResource, UntagResource } from './tag.ts';

export default defineService({
  name: 'service-quotas',
  state: quotaRequestTables,
  operations: {
    ListServices, // quota.ts
    ListServiceQuotas,
    ListAWSDefaultServiceQuotas,
    GetServiceQuota,
    GetAWSDefaultServiceQuota,
    RequestServiceQuotaIncrease, // quota-request.ts
    GetRequestedServiceQuotaChange,
    ListRequestedServiceQuotaChangeHistory,
    ListRequestedServiceQuotaChangeHistoryByQuota,
    TagResource, // tag.ts
    UntagResource,
    ListTagsForResource,
  },
  jobs: { quotaApproved },
});
