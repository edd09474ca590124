import datetime
import sys

import boto3

endpoint = sys.argv[1]
cloudwatch = boto3.client("cloudwatch", endpoint_url=endpoint)
now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
minute = datetime.timedelta(minutes=1)
host = [{"Name": "Host", "Value": "a"}]

cloudwatch.put_metric_data(
    Namespace="Boto",
    MetricData=[
        {"MetricName": "Load", "Dimensions": host, "Value": float(n), "Unit": "Count", "Timestamp": now - n * minute}
        for n in range(1, 11)
    ],
)
told = cloudwatch.get_metric_statistics(
    Namespace="Boto",
    MetricName="Load",
    Dimensions=host,
    StartTime=now - 10 * minute,
    EndTime=now,
    Period=300,
    Statistics=["Sum", "SampleCount"],
    ExtendedStatistics=["p50"],
)
points = told["Datapoints"]
assert [point["Sum"] for point in points] == [40.0, 15.0], points
assert points[0]["Unit"] == "Count"
assert points[0]["ExtendedStatistics"] == {"p50": 8.0}

metric = {"Namespace": "Boto", "MetricName": "Load", "Dimensions": host}
queries = [
    {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
    {"Id": "e", "Expression": "m * 2", "Label": "Twice ${MAX}"},
]
pages = cloudwatch.get_paginator("get_metric_data").paginate(
    MetricDataQueries=queries,
    StartTime=now - 10 * minute,
    EndTime=now,
    PaginationConfig={"PageSize": 4},
)
results = [result for page in pages for result in page["MetricDataResults"]]
assert [value for result in results for value in result["Values"]] == [2.0 * n for n in range(1, 11)], results
assert results[0]["Label"] == "Twice 20", results

for number in range(3):
    cloudwatch.put_metric_alarm(
        AlarmName=f"boto-{number}",
        **metric,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
names = [
    alarm["AlarmName"]
    for page in cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    for alarm in page["MetricAlarms"]
]
assert names == ["boto-0", "boto-1", "boto-2"], names
cloudwatch.set_alarm_state(AlarmName="boto-0", StateValue="ALARM", StateReason="try")
cloudwatch.get_waiter("alarm_exists").wait(AlarmNames=["boto-0"])
assert cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"][0]["StateReason"] == "try"
cloudwatch.delete_alarms(AlarmNames=names)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except cloudwatch.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response["Error"]["Message"]
    raise AssertionError("not refused")


old = [{"MetricName": "Load", "Value": 1.0, "Timestamp": now - datetime.timedelta(days=15)}]
message = refused("InvalidParameterValue", cloudwatch.put_metric_data, Namespace="Boto", MetricData=old)
assert message.endswith("must specify a time within the past two weeks."), message
refused("ResourceNotFound", cloudwatch.get_dashboard, DashboardName="none")
refused("InvalidParameterInput", cloudwatch.put_dashboard, DashboardName="bad", DashboardBody="{")
assert (
    refused("ValidationError", cloudwatch.put_metric_alarm, AlarmName="x", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold")
    == "MetricName must not be null"
)
print("ok")
