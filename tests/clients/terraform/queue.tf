resource "aws_sqs_queue" "dead" {
  for_each                  = local.queues
  name                      = each.value.fifo ? "${each.key}-dead.fifo" : "${each.key}-dead"
  fifo_queue                = each.value.fifo ? true : null
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "this" {
  for_each                    = local.queues
  name                        = each.value.fifo ? "${each.key}.fifo" : each.key
  fifo_queue                  = each.value.fifo ? true : null
  content_based_deduplication = each.value.fifo ? true : null
  deduplication_scope         = each.value.fifo ? "messageGroup" : null
  fifo_throughput_limit       = each.value.fifo ? "perMessageGroupId" : null
  message_retention_seconds   = each.value.retention
  visibility_timeout_seconds  = each.value.visibility
  receive_wait_time_seconds   = 20
  tags                        = { queue = each.key }
}

resource "aws_sqs_queue_redrive_policy" "this" {
  for_each  = local.queues
  queue_url = aws_sqs_queue.this[each.key].id
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    maxReceiveCount     = each.value.attempts
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  for_each  = local.queues
  queue_url = aws_sqs_queue.dead[each.key].id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.this[each.key].arn]
  })
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queues
  statement {
    sid       = "Workers"
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.this[each.key].arn]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.worker[each.key].arn]
    }
  }
  statement {
    sid       = "Uploads"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.this[each.key].arn]
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

resource "aws_sqs_queue_policy" "this" {
  for_each  = local.queues
  queue_url = aws_sqs_queue.this[each.key].id
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

output "queue_urls" { value = { for name, queue in aws_sqs_queue.this : name => queue.url } }
