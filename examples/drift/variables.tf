variable "agent_name" {
  description = "The agent that is asked."
  type        = string
}

variable "resource_group_name" {
  description = "The resource group of the agent."
  type        = string
}

variable "plan" {
  description = "The file with the plan of the configuration that is watched, as `terraform show -json` writes it."
  type        = string
}

variable "timeout" {
  description = "How long the agent may take."
  type        = string
  default     = "20m"
}
