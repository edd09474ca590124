# The data tier. A relational database would stand here; RDS is not built in Hakoniwa yet, so a table of DynamoDB and a bucket of S3
# keep what must be kept, both reached through the gateway endpoints, and one small cache server in each zone shows the third link of
# the chain of security groups.

resource "aws_dynamodb_table" "order" {
  name         = "${var.name}-order"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "customer"
  range_key    = "order"

  attribute {
    name = "customer"
    type = "S"
  }
  attribute {
    name = "order"
    type = "S"
  }
  attribute {
    name = "status"
    type = "S"
  }

  global_secondary_index {
    name            = "by-status"
    hash_key        = "status"
    range_key       = "order"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_s3_bucket" "file" {
  bucket_prefix = "${var.name}-file-"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "file" {
  bucket                  = aws_s3_bucket.file.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "file" {
  bucket = aws_s3_bucket.file.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "file" {
  bucket = aws_s3_bucket.file.id

  rule {
    id     = "uploads"
    status = "Enabled"
    filter {
      prefix = "uploads/"
    }
    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
    transition {
      days          = 90
      storage_class = "GLACIER"
    }
    expiration {
      days = 365
    }
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  depends_on = [aws_s3_bucket_versioning.file]
}

resource "aws_instance" "cache" {
  for_each               = aws_subnet.data
  ami                    = data.aws_ssm_parameter.image.insecure_value
  instance_type          = "t3.micro"
  subnet_id              = each.value.id
  vpc_security_group_ids = [aws_security_group.data.id]

  metadata_options {
    http_tokens = "required"
  }

  tags = { Name = "${var.name}-cache-${each.key}", tier = "data" }

  # A newer image is no reason to lose a cache.
  lifecycle {
    ignore_changes = [ami]
  }
}
