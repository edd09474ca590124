variable "endpoint" {
  description = "Where the cloud is. null: AWS itself, with your own account and its costs."
  type        = string
  default     = "http://localhost:4566"
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "name" {
  description = "What everything is called."
  type        = string
  default     = "shop"
}

variable "zones" {
  description = "Availability Zones. Each gets a public, a private and a data subnet, and a NAT gateway of its own."
  type        = list(string)
  default     = ["us-east-1a", "us-east-1b"]

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 4
    error_message = "A load balancer needs two zones, and the address plan has room for four."
  }
}

variable "cidr" {
  type    = string
  default = "10.20.0.0/16"
}

variable "servers" {
  description = "How many web servers there are at least, to begin with, and at most."
  type        = object({ min = number, desired = number, max = number })
  default     = { min = 2, desired = 2, max = 6 }
}
