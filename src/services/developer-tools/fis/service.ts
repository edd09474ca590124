// AWS Fault Injection Service: table of contents.
//
// Reading order: state.ts (rows); template.ts and template-check.ts; experiment.ts, then run.ts (how one runs), target.ts and resource.ts
// (on what), action-runner.ts and the actions. What is broken is in the cloud's fault plan, for which injection.ts asks IAM.
import { defineService, operationsIn } from '../../../kernel/service.ts';
import * as catalog from './catalog-view.ts';
import * as experiments from './experiment.ts';
import { injectionPermissions, injections } from './injection.ts';
import { endAction, endExperiment, followAlarm, initiate, startAction } from './run.ts';
import { deliverLog } from './log.ts';
import * as levers from './safety-lever.ts';
import { definitions, type FisState } from './state.ts';
import * as tags from './tag.ts';
import * as targetAccounts from './target-account.ts';
import * as templates from './template.ts';

export default defineService({
  name: 'fis',
  state: definitions,
  operations: operationsIn<FisState>(templates, targetAccounts, experiments, catalog, levers, tags),
  internal: injections,
  permissions: injectionPermissions,
  jobs: { initiate, startAction, endAction, endExperiment, deliverLog, forget: experiments.forget },
  listens: { 'cloudwatch.AlarmStateChanged': followAlarm },
});
