variable "agent_name" {
  description = "The name of the agent to ask."
  type        = string
}

variable "resource_group_name" {
  description = "The resource group of the agent."
  type        = string
}

variable "plan" {
  description = "The file with the plan of the watched configuration, as `terraform show -json` writes it."
  type        = string
}

variable "timeout" {
  description = "The maximum time for the agent's answer."
  type        = string
  default     = "20m"
}
