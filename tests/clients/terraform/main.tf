# A small shop: buckets, queues with dead letters, a table, who may do what with them, what they are watched by, and who works for it.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" { type = string }

provider "aws" {
  region                  = "eu-west-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  s3_use_path_style       = true
  endpoints {
    sts         = var.endpoint
    iam         = var.endpoint
    s3          = var.endpoint
    sqs         = var.endpoint
    dynamodb    = var.endpoint
    autoscaling = var.endpoint
    cloudwatch  = var.endpoint
    ec2         = var.endpoint
    elbv2       = var.endpoint
    ssm         = var.endpoint
  }
  default_tags { tags = { project = "shop" } }
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  buckets = {
    uploads = { versioned = true }
    reports = { versioned = false }
  }
  queues = {
    orders   = { fifo = true, retention = 1209600, visibility = 60, attempts = 5 }
    mails    = { fifo = false, retention = 345600, visibility = 30, attempts = 3 }
    pictures = { fifo = false, retention = 86400, visibility = 900, attempts = 10 }
  }
  staff = {
    ann = { path = "/engineering/", groups = ["developers", "oncall"] }
    bob = { path = "/engineering/", groups = ["developers"] }
    eve = { path = "/audit/", groups = ["auditors"] }
  }
}
