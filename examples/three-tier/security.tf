# A chain of security groups, each of which names the one before it: Internet -> balancer -> web -> data.
# Nothing names addresses of servers, so servers may come and go.

resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "The load balancer: HTTP from everywhere"
  vpc_id      = aws_vpc.site.id
}

resource "aws_vpc_security_group_ingress_rule" "balancer_from_internet" {
  security_group_id = aws_security_group.balancer.id
  description       = "HTTP from everywhere"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
}

resource "aws_vpc_security_group_egress_rule" "balancer_to_web" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "HTTP to the web servers"
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_security_group" "web" {
  name        = "${var.name}-web"
  description = "Web servers: only by the load balancer"
  vpc_id      = aws_vpc.site.id
}

resource "aws_vpc_security_group_ingress_rule" "web_from_balancer" {
  security_group_id            = aws_security_group.web.id
  description                  = "HTTP from the load balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_vpc_security_group_egress_rule" "web_to_everywhere" {
  security_group_id = aws_security_group.web.id
  description       = "Updates, S3, DynamoDB, the data tier"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_security_group" "data" {
  name        = "${var.name}-data"
  description = "Data tier: only by the web servers"
  vpc_id      = aws_vpc.site.id
}

resource "aws_vpc_security_group_ingress_rule" "data_from_web" {
  security_group_id            = aws_security_group.data.id
  description                  = "Cache protocol from the web servers"
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}
