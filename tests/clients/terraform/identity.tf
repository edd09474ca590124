data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com", "lambda.amazonaws.com"]
    }
  }
  statement {
    sid     = "FromPipelines"
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.pipelines.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${aws_iam_openid_connect_provider.pipelines.url}:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringLike"
      variable = "${aws_iam_openid_connect_provider.pipelines.url}:sub"
      values   = ["repo:shop/*:ref:refs/heads/main"]
    }
  }
}

resource "aws_iam_openid_connect_provider" "pipelines" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
}

resource "aws_iam_role" "worker" {
  for_each             = local.queues
  name                 = "worker-${each.key}"
  path                 = "/workers/"
  description          = "Works on ${each.key}"
  max_session_duration = 7200
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = { queue = each.key }
}

data "aws_iam_policy_document" "worker" {
  for_each = local.queues
  statement {
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage*", "sqs:ChangeMessageVisibility*"]
    resources = [local.queue_arns[each.key]]
  }
  statement {
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
    resources = [aws_dynamodb_table.orders.arn, "${aws_dynamodb_table.orders.arn}/index/*"]
    condition {
      test     = "ForAllValues:StringLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["$${aws:PrincipalTag/customer}"]
    }
  }
}

resource "aws_iam_role_policy" "worker" {
  for_each = local.queues
  name     = "work"
  role     = aws_iam_role.worker[each.key].id
  policy   = data.aws_iam_policy_document.worker[each.key].json
}

resource "aws_iam_instance_profile" "worker" {
  for_each = local.queues
  name     = "worker-${each.key}"
  path     = "/workers/"
  role     = aws_iam_role.worker[each.key].name
}

resource "aws_iam_policy" "boundary" {
  name        = "worker-boundary"
  path        = "/boundaries/"
  description = "What a worker may do at most"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Most", Effect = "Allow", Action = ["sqs:*", "dynamodb:*", "s3:*", "logs:*"], Resource = "*" },
      { Sid = "NoUsers", Effect = "Deny", Action = "iam:*", Resource = "*" },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "read_only" {
  for_each   = local.queues
  role       = aws_iam_role.worker[each.key].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonS3ReadOnlyAccess"
}

resource "aws_iam_group" "this" {
  for_each = toset(distinct(flatten([for person in local.staff : person.groups])))
  name     = each.value
}

resource "aws_iam_group_policy_attachment" "auditors" {
  group      = aws_iam_group.this["auditors"].name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}

resource "aws_iam_user" "this" {
  for_each      = local.staff
  name          = each.key
  path          = each.value.path
  force_destroy = true
  tags          = { since = "2026" }
}

resource "aws_iam_user_group_membership" "this" {
  for_each = local.staff
  user     = aws_iam_user.this[each.key].name
  groups   = [for name in each.value.groups : aws_iam_group.this[name].name]
}

resource "aws_iam_access_key" "ann" {
  user = aws_iam_user.this["ann"].name
}

resource "aws_iam_user_policy" "eve" {
  name = "reports"
  user = aws_iam_user.this["eve"].name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "${aws_s3_bucket.this["reports"].arn}/*" }]
  })
}

resource "aws_iam_account_alias" "shop" { account_alias = "the-shop" }

resource "aws_iam_account_password_policy" "this" {
  minimum_password_length        = 14
  require_symbols                = true
  require_numbers                = true
  allow_users_to_change_password = true
  password_reuse_prevention      = 5
}

resource "aws_iam_service_linked_role" "autoscaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "shop"
}
