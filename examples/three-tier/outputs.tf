output "host" {
  description = "Name of the site."
  value       = aws_lb.site.dns_name
}

output "target_group" {
  value = aws_lb_target_group.web.arn
}

output "web_security_group" {
  value = aws_security_group.web.id
}

output "balancer_security_group" {
  value = aws_security_group.balancer.id
}

output "group" {
  description = "Name of the Auto Scaling group."
  value       = aws_autoscaling_group.web.name
}

output "caches" {
  description = "Cache servers, by zone."
  value       = { for zone, server in aws_instance.cache : zone => server.id }
}

output "table" {
  value = aws_dynamodb_table.order.name
}

output "bucket" {
  value = aws_s3_bucket.file.id
}
