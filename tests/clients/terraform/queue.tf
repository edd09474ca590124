# Queues with their dead-letter queues. Names are known before the queues are, so policies can name them without going in circles.
locals {
  queue_names = { for name, queue in local.queues : name => queue.fifo ? "${name}.fifo" : name }
  queue_arns = {
    for name, full in local.queue_names :
    name => "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${local.account}:${full}"
  }
}

resource "aws_sqs_queue" "dead" {
  for_each                  = local.queues
  name                      = each.value.fifo ? "${each.key}-dead.fifo" : "${each.key}-dead"
  fifo_queue                = each.value.fifo ? true : null
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arns[each.key]]
  })
}

resource "aws_sqs_queue" "this" {
  for_each                    = local.queues
  name                        = local.queue_names[each.key]
  fifo_queue                  = each.value.fifo ? true : null
  content_based_deduplication = each.value.fifo ? true : null
  deduplication_scope         = each.value.fifo ? "messageGroup" : null
  fifo_throughput_limit       = each.value.fifo ? "perMessageGroupId" : null
  message_retention_seconds   = each.value.retention
  visibility_timeout_seconds  = each.value.visibility
  receive_wait_time_seconds   = 20
  policy                      = data.aws_iam_policy_document.queue[each.key].json
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    maxReceiveCount     = each.value.attempts
  })
  tags = { queue = each.key }
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queues
  statement {
    sid       = "Workers"
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [local.queue_arns[each.key]]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.worker[each.key].arn]
    }
  }
  statement {
    sid       = "Uploads"
    actions   = ["sqs:SendMessage"]
    resources = [local.queue_arns[each.key]]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for bucket in aws_s3_bucket.this : bucket.arn]
    }
  }
}

output "queue_urls" { value = { for name, queue in aws_sqs_queue.this : name => queue.url } }
