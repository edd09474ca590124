# Orders wait in a queue, workers take them, a table keeps what was done, and what cannot be done goes to a queue of its own.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }
}

variable "endpoint" {
  description = "Where the cloud is. null: AWS itself, with your own account and its costs."
  type        = string
  default     = "http://localhost:4566"
}

provider "aws" {
  region     = "us-east-1"
  access_key = var.endpoint == null ? null : "test"
  secret_key = var.endpoint == null ? null : "test"

  endpoints {
    dynamodb = var.endpoint
    sqs      = var.endpoint
    sts      = var.endpoint
  }
}

# First in, first out within a message group: the orders of one customer keep their order, other customers do not wait for them.
resource "aws_sqs_queue" "order" {
  name                       = "order.fifo"
  fifo_queue                 = true
  deduplication_scope        = "messageGroup"
  fifo_throughput_limit      = "perMessageGroupId"
  visibility_timeout_seconds = 300

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 3
  })
}

resource "aws_sqs_queue" "dead" {
  name                      = "order-dead.fifo"
  fifo_queue                = true
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.order.arn]
  })
}

resource "aws_dynamodb_table" "done" {
  name         = "order-done"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "customer"
  range_key    = "order"

  attribute {
    name = "customer"
    type = "S"
  }
  attribute {
    name = "order"
    type = "N"
  }
}

output "queue" {
  value = aws_sqs_queue.order.id
}

output "dead" {
  value = aws_sqs_queue.dead.id
}
