terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }
}

# With an endpoint nothing here can reach an account of AWS: neither the address nor the keys are one's.
# Terraform's AWS provider asks each service by an endpoint of its own.
provider "aws" {
  region            = var.region
  access_key        = var.endpoint == null ? null : "test"
  secret_key        = var.endpoint == null ? null : "test"
  s3_use_path_style = var.endpoint != null

  endpoints {
    autoscaling = var.endpoint
    cloudwatch  = var.endpoint
    dynamodb    = var.endpoint
    ec2         = var.endpoint
    elbv2       = var.endpoint
    iam         = var.endpoint
    s3          = var.endpoint
    ssm         = var.endpoint
    sts         = var.endpoint
  }

  default_tags {
    tags = {
      project = var.name
    }
  }
}
