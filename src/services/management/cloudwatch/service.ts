// Amazon CloudWatch: table of contents.
//
// Reading order: state.ts (rows); put-data.ts and block.ts (values in), reading.ts and statistic.ts (values out); math.ts and search.ts;
// then alarm-verdict.ts, alarm-evaluation.ts, alarm-clock.ts (when), alarm-change.ts and alarm-action.ts (what then), composite.ts.
import { defineService } from '../../../kernel/service.ts';
import { permissions } from './access.ts';
import { runAction } from './alarm-action.ts';
import { DescribeAlarmContributors, DescribeAlarms, DescribeAlarmsForMetric } from './alarm-description.ts';
import { DescribeAlarmHistory } from './alarm-history.ts';
import { evaluateAlarms } from './alarm-job.ts';
import { DeleteAlarms, DisableAlarmActions, EnableAlarmActions, PutMetricAlarm, SetAlarmState } from './alarm.ts';
import { DeleteAnomalyDetector, DescribeAnomalyDetectors, PutAnomalyDetector } from './anomaly-detector.ts';
import { endSuppression, evaluateComposite, followSuppressor, PutCompositeAlarm } from './composite.ts';
import { DeleteDashboards, GetDashboard, ListDashboards, PutDashboard } from './dashboard.ts';
import {
  DeleteInsightRules,
  DescribeInsightRules,
  DisableInsightRules,
  EnableInsightRules,
  PutInsightRule,
} from './insight-rule.ts';
import { GetMetricData } from './metric-data.ts';
import { ListMetrics } from './metric-list.ts';
import { GetMetricStatistics } from './metric-statistics.ts';
import {
  DeleteMetricStream,
  GetMetricStream,
  ListMetricStreams,
  PutMetricStream,
  StartMetricStreams,
  StopMetricStreams,
} from './metric-stream.ts';
import {
  beginMute,
  DeleteAlarmMuteRule,
  endMute,
  GetAlarmMuteRule,
  ListAlarmMuteRules,
  PutAlarmMuteRule,
} from './mute-rule.ts';
import { PutMetricData } from './put-data.ts';
import { definitions } from './state.ts';
import { ListTagsForResource, TagResource, UntagResource } from './tag.ts';
import { GetMetricWidgetImage } from './widget-image.ts';

export default defineService({
  name: 'cloudwatch',
  state: definitions,
  operations: {
    // put-data.ts, metric-data.ts, metric-statistics.ts, metric-list.ts
    PutMetricData,
    GetMetricData,
    GetMetricStatistics,
    ListMetrics,
    // alarm.ts, alarm-description.ts, alarm-history.ts, composite.ts
    PutMetricAlarm,
    PutCompositeAlarm,
    DescribeAlarms,
    DescribeAlarmsForMetric,
    DescribeAlarmContributors,
    DescribeAlarmHistory,
    DeleteAlarms,
    SetAlarmState,
    EnableAlarmActions,
    DisableAlarmActions,
    // anomaly-detector.ts, insight-rule.ts
    PutAnomalyDetector,
    DeleteAnomalyDetector,
    DescribeAnomalyDetectors,
    PutInsightRule,
    DescribeInsightRules,
    EnableInsightRules,
    DisableInsightRules,
    DeleteInsightRules,
    // mute-rule.ts
    PutAlarmMuteRule,
    GetAlarmMuteRule,
    ListAlarmMuteRules,
    DeleteAlarmMuteRule,
    // metric-stream.ts
    PutMetricStream,
    GetMetricStream,
    ListMetricStreams,
    DeleteMetricStream,
    StartMetricStreams,
    StopMetricStreams,
    // widget-image.ts
    GetMetricWidgetImage,
    // dashboard.ts, tag.ts
    PutDashboard,
    GetDashboard,
    DeleteDashboards,
    ListDashboards,
    TagResource,
    UntagResource,
    ListTagsForResource,
  },
  permissions,
  jobs: { evaluateAlarms, runAction, evaluateComposite, followSuppressor, endSuppression, beginMute, endMute },
});
