# What the shop is watched by: alarms on a metric, a percentile, an expression and a band, one that joins them, and a dashboard.

resource "aws_cloudwatch_metric_alarm" "backlog" {
  for_each            = { for name, queue in local.queues : name => queue if !queue.fifo }
  alarm_name          = "${each.key}-backlog"
  alarm_description   = "More ${each.key} wait than are done"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.key }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  threshold           = 100
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = ["arn:aws:sns:eu-west-1:${local.account}:oncall"]
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name                            = "checkout-p99"
  namespace                             = "Shop"
  metric_name                           = "CheckoutSeconds"
  extended_statistic                    = "p99"
  evaluate_low_sample_count_percentiles = "ignore"
  unit                                  = "Seconds"
  period                                = 60
  evaluation_periods                    = 5
  threshold                             = 0.8
  comparison_operator                   = "GreaterThanOrEqualToThreshold"
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "checkout-errors"
  evaluation_periods  = 2
  threshold           = 5
  comparison_operator = "GreaterThanThreshold"

  metric_query {
    id          = "rate"
    expression  = "100 * FILL(errors, 0) / calls"
    label       = "Errors (%)"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = { calls = "CheckoutCalls", errors = "CheckoutErrors" }
    content {
      id = metric_query.key
      metric {
        namespace   = "Shop"
        metric_name = metric_query.value
        period      = 60
        stat        = "Sum"
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "unusual" {
  alarm_name          = "unusual-orders"
  evaluation_periods  = 2
  threshold_metric_id = "band"
  comparison_operator = "LessThanLowerOrGreaterThanUpperThreshold"

  metric_query {
    id          = "band"
    expression  = "ANOMALY_DETECTION_BAND(orders, 3)"
    label       = "Orders (expected)"
    return_data = true
  }
  metric_query {
    id          = "orders"
    return_data = true
    metric {
      namespace   = "Shop"
      metric_name = "Orders"
      period      = 300
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "shop" {
  alarm_name = "shop-is-ill"
  alarm_rule = "ALARM(${aws_cloudwatch_metric_alarm.latency.alarm_name}) AND NOT OK(\"${aws_cloudwatch_metric_alarm.errors.alarm_name}\")"
  actions_suppressor {
    alarm            = aws_cloudwatch_metric_alarm.unusual.alarm_name
    wait_period      = 60
    extension_period = 120
  }
}

resource "aws_cloudwatch_dashboard" "shop" {
  dashboard_name = "shop"
  dashboard_body = jsonencode({
    widgets = [
      {
        type   = "metric", x = 0, y = 0, width = 12, height = 6
        properties = {
          region  = "eu-west-1"
          metrics = [["Shop", "Orders", { stat = "Sum" }], [{ expression = "m1 / 2", id = "e1" }]]
        }
      },
      { type = "text", x = 12, y = 0, width = 6, height = 6, properties = { markdown = "# Shop" } },
    ]
  })
}
