# Servers: always at least two, spread over the zones, replaced when the load balancer finds them sick, more of them under load.

resource "aws_autoscaling_group" "web" {
  name                      = "${var.name}-web"
  min_size                  = var.servers.min
  max_size                  = var.servers.max
  desired_capacity          = var.servers.desired
  vpc_zone_identifier       = [for subnet in aws_subnet.private : subnet.id]
  target_group_arns         = [aws_lb_target_group.web.arn]
  health_check_type         = "ELB"
  health_check_grace_period = 60
  default_instance_warmup   = 120

  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }

  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage = 50
    }
  }

  # Scaling decides how many there are.
  lifecycle {
    ignore_changes = [desired_capacity]
  }

  depends_on = [aws_route.nat]
}

resource "aws_autoscaling_policy" "cpu" {
  name                   = "cpu"
  autoscaling_group_name = aws_autoscaling_group.web.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 50
    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

# For people: fewer healthy servers than there should be, for a minute.
resource "aws_cloudwatch_metric_alarm" "healthy" {
  alarm_name          = "${var.name}-too-few-healthy-servers"
  alarm_description   = "Fewer than two healthy servers stand behind the load balancer."
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HealthyHostCount"
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 2
  treat_missing_data  = "breaching"

  dimensions = {
    LoadBalancer = aws_lb.site.arn_suffix
    TargetGroup  = aws_lb_target_group.web.arn_suffix
  }
}
