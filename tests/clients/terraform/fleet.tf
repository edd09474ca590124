# Workers on servers that the shop rents by what they can do, in a network of their own: IPv4 and IPv6, a door for operators, a site.

resource "aws_vpc" "work" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
  enable_dns_hostnames             = true
}

resource "aws_subnet" "work" {
  for_each          = { a = 0, b = 1 }
  vpc_id            = aws_vpc.work.id
  availability_zone = "eu-west-1${each.key}"
  cidr_block        = cidrsubnet(aws_vpc.work.cidr_block, 8, each.value)
  ipv6_cidr_block   = cidrsubnet(aws_vpc.work.ipv6_cidr_block, 8, each.value)
}

resource "aws_ec2_managed_prefix_list" "sites" {
  name           = "sites"
  address_family = "IPv4"
  max_entries    = 3
  entry {
    cidr        = "192.0.2.0/24"
    description = "Bureau"
  }
}

resource "aws_security_group" "work" {
  name_prefix = "work-"
  description = "Workers"
  vpc_id      = aws_vpc.work.id
}

resource "aws_security_group_rule" "work" {
  for_each          = { ssh = ["tcp", 22], dns = ["udp", 53], ping = ["icmp", -1], all = ["-1", 0] }
  security_group_id = aws_security_group.work.id
  type              = "ingress"
  description       = each.key
  protocol          = each.value[0]
  from_port         = each.value[1]
  to_port           = each.value[1]
  cidr_blocks       = ["10.20.0.0/16"]
  ipv6_cidr_blocks  = [aws_vpc.work.ipv6_cidr_block]
  prefix_list_ids   = [aws_ec2_managed_prefix_list.sites.id]
}

resource "aws_vpc_security_group_egress_rule" "work" {
  security_group_id = aws_security_group.work.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_ec2_instance_connect_endpoint" "work" {
  subnet_id          = aws_subnet.work["a"].id
  security_group_ids = [aws_security_group.work.id]
  preserve_client_ip = false
}

resource "aws_network_interface" "pods" {
  subnet_id         = aws_subnet.work["b"].id
  description       = "Addresses for containers"
  ipv4_prefix_count = 1
  security_groups   = [aws_security_group.work.id]
}

resource "aws_ec2_network_insights_path" "pods" {
  source   = aws_network_interface.pods.id
  protocol = "tcp"
  filter_at_source {
    destination_address = "10.20.0.9"
    destination_port_range {
      from_port = 443
      to_port   = 443
    }
  }
}

resource "aws_customer_gateway" "bureau" {
  type             = "ipsec.1"
  ip_address       = "192.0.2.1"
  bgp_asn_extended = 4200000000
}

resource "aws_iam_role" "fleet" {
  name               = "fleet"
  assume_role_policy = data.aws_iam_policy_document.fleet.json
}

data "aws_iam_policy_document" "fleet" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["spotfleet.amazonaws.com"]
    }
  }
}

resource "aws_launch_template" "worker" {
  name_prefix            = "worker-"
  image_id               = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
  ebs_optimized          = true
  vpc_security_group_ids = [aws_security_group.work.id]
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 20
      volume_type = "gp3"
      throughput  = 200
    }
  }
  tag_specifications {
    resource_type = "volume"
    tags          = { role = "worker" }
  }
}

resource "aws_autoscaling_group" "worker" {
  name                    = "worker"
  min_size                = 1
  max_size                = 4
  vpc_zone_identifier     = [for subnet in aws_subnet.work : subnet.id]
  default_instance_warmup = 60
  service_linked_role_arn = aws_iam_service_linked_role.autoscaling.arn
  mixed_instances_policy {
    instances_distribution {
      on_demand_percentage_above_base_capacity = 50
      spot_allocation_strategy                 = "price-capacity-optimized"
    }
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.worker.id
        version            = aws_launch_template.worker.latest_version
      }
      override {
        instance_requirements {
          vcpu_count {
            min = 1
            max = 4
          }
          memory_mib {
            min = 2048
            max = 8192
          }
          burstable_performance = "included"
          cpu_manufacturers     = ["amazon-web-services", "amd", "intel"]
        }
      }
    }
  }
  tag {
    key                 = "Name"
    value               = "worker"
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_policy" "worker" {
  name                   = "backlog"
  autoscaling_group_name = aws_autoscaling_group.worker.name
  policy_type            = "StepScaling"
  adjustment_type        = "ChangeInCapacity"
  step_adjustment {
    metric_interval_lower_bound = 0
    metric_interval_upper_bound = 100
    scaling_adjustment          = 1
  }
  step_adjustment {
    metric_interval_lower_bound = 100
    scaling_adjustment          = 3
  }
}

resource "aws_spot_fleet_request" "nightly" {
  iam_fleet_role                = aws_iam_role.fleet.arn
  target_capacity               = 1
  allocation_strategy           = "lowestPrice"
  terminate_instances_on_delete = true
  launch_template_config {
    launch_template_specification {
      id      = aws_launch_template.worker.id
      version = aws_launch_template.worker.latest_version
    }
    overrides {
      subnet_id     = aws_subnet.work["a"].id
      instance_type = "t3.small"
    }
    overrides {
      subnet_id     = aws_subnet.work["b"].id
      instance_type = "t3.medium"
    }
  }
}

resource "aws_s3_object" "authorities" {
  bucket  = aws_s3_bucket.authorities.id
  key     = "authorities.pem"
  content = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
}

resource "aws_s3_bucket" "authorities" {
  bucket_prefix = "authorities-"
  force_destroy = true
}

resource "aws_lb_trust_store" "partners" {
  name                             = "partners"
  ca_certificates_bundle_s3_bucket = aws_s3_bucket.authorities.id
  ca_certificates_bundle_s3_key    = aws_s3_object.authorities.key
}
