# The same shop as in ../three-tier, as it is often begun: all servers in one zone, started by hand, kept by nobody.
# A load balancer asks for subnets in two zones, so it has two; that alone saves nothing.

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

variable "zones" {
  description = "The zone of the servers, and a second one for the load balancer's sake."
  type        = tuple([string, string])
  default     = ["us-east-1a", "us-east-1b"]
}

provider "aws" {
  region     = "us-east-1"
  access_key = var.endpoint == null ? null : "test"
  secret_key = var.endpoint == null ? null : "test"

  endpoints {
    ec2   = var.endpoint
    elbv2 = var.endpoint
    ssm   = var.endpoint
    sts   = var.endpoint
  }
}

resource "aws_vpc" "site" {
  cidr_block = "10.30.0.0/16"
  tags       = { Name = "single" }
}

resource "aws_internet_gateway" "site" {
  vpc_id = aws_vpc.site.id
}

resource "aws_subnet" "public" {
  for_each                = { for at, zone in var.zones : zone => cidrsubnet(aws_vpc.site.cidr_block, 8, at) }
  vpc_id                  = aws_vpc.site.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = true
}

resource "aws_default_route_table" "public" {
  default_route_table_id = aws_vpc.site.default_route_table_id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.site.id
  }
}

resource "aws_security_group" "balancer" {
  name   = "single-balancer"
  vpc_id = aws_vpc.site.id

  ingress {
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "web" {
  name   = "single-web"
  vpc_id = aws_vpc.site.id

  ingress {
    protocol        = "tcp"
    from_port       = 80
    to_port         = 80
    security_groups = [aws_security_group.balancer.id]
  }
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_instance" "web" {
  count                  = 2
  ami                    = data.aws_ssm_parameter.image.insecure_value
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.public[var.zones[0]].id
  vpc_security_group_ids = [aws_security_group.web.id]
  tags                   = { Name = "single-web-${count.index}" }
}

resource "aws_lb" "site" {
  name            = "single"
  subnets         = [for subnet in aws_subnet.public : subnet.id]
  security_groups = [aws_security_group.balancer.id]

  depends_on = [aws_internet_gateway.site]
}

resource "aws_lb_target_group" "web" {
  name     = "single-web"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.site.id

  health_check {
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_target_group_attachment" "web" {
  count            = length(aws_instance.web)
  target_group_arn = aws_lb_target_group.web.arn
  target_id        = aws_instance.web[count.index].id
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.site.arn
  port              = 80

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

output "host" {
  value = aws_lb.site.dns_name
}

output "target_group" {
  value = aws_lb_target_group.web.arn
}
