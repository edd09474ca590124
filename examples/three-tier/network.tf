# Three tiers of subnets in each zone. What a subnet is, its route table says:
#   public   to and from the Internet: load balancer, NAT gateway
#   private  out to the Internet through the NAT gateway of its own zone: web servers
#   data     to the VPC and to the gateway endpoints, nowhere else

locals {
  # Zone by zone: 10.20.0.0/20, 10.20.16.0/20 … for public subnets, then private ones from .64, then data from .128.
  zones = { for at, zone in var.zones : zone => {
    public  = cidrsubnet(var.cidr, 4, at)
    private = cidrsubnet(var.cidr, 4, at + 4)
    data    = cidrsubnet(var.cidr, 4, at + 8)
  } }
}

resource "aws_vpc" "site" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_internet_gateway" "site" {
  vpc_id = aws_vpc.site.id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each                = local.zones
  vpc_id                  = aws_vpc.site.id
  availability_zone       = each.key
  cidr_block              = each.value.public
  map_public_ip_on_launch = true
  tags                    = { Name = "${var.name}-public-${each.key}", tier = "public" }
}

resource "aws_subnet" "private" {
  for_each          = local.zones
  vpc_id            = aws_vpc.site.id
  availability_zone = each.key
  cidr_block        = each.value.private
  tags              = { Name = "${var.name}-private-${each.key}", tier = "private" }
}

resource "aws_subnet" "data" {
  for_each          = local.zones
  vpc_id            = aws_vpc.site.id
  availability_zone = each.key
  cidr_block        = each.value.data
  tags              = { Name = "${var.name}-data-${each.key}", tier = "data" }
}

# Public: one table for all zones, as an Internet gateway belongs to no zone.

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.site.id
  tags   = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.site.id
}

resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

# Private: a table and a NAT gateway in each zone, so that a lost zone takes only its own way out with it.

resource "aws_eip" "nat" {
  for_each = local.zones
  domain   = "vpc"
  tags     = { Name = "${var.name}-nat-${each.key}" }
}

resource "aws_nat_gateway" "site" {
  for_each      = local.zones
  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = { Name = "${var.name}-${each.key}" }

  depends_on = [aws_internet_gateway.site]
}

resource "aws_route_table" "private" {
  for_each = local.zones
  vpc_id   = aws_vpc.site.id
  tags     = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route" "nat" {
  for_each               = local.zones
  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.site[each.key].id
}

resource "aws_route_table_association" "private" {
  for_each       = local.zones
  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

# Data: no way to the Internet at all.

resource "aws_route_table" "data" {
  vpc_id = aws_vpc.site.id
  tags   = { Name = "${var.name}-data" }
}

resource "aws_route_table_association" "data" {
  for_each       = aws_subnet.data
  subnet_id      = each.value.id
  route_table_id = aws_route_table.data.id
}

# S3 and DynamoDB by the private way: free of charge, and past the NAT gateways.

resource "aws_vpc_endpoint" "gateway" {
  for_each          = toset(["s3", "dynamodb"])
  vpc_id            = aws_vpc.site.id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = concat([for table in aws_route_table.private : table.id], [aws_route_table.data.id])
  tags              = { Name = "${var.name}-${each.key}" }
}
