variable "subscription_id" {
  description = "The subscription in which to create the agent."
  type        = string
}

variable "resource_group_name" {
  description = "The resource group in which to create the agent. It must exist."
  type        = string
}

variable "location" {
  description = "The Azure region of the agent, such as `swedencentral`."
  type        = string
}

variable "agent_name" {
  description = "The name of the agent."
  type        = string
  default     = "sre-minimal"

  validation {
    condition     = can(regex("^[A-Za-z][-A-Za-z0-9]{0,30}[A-Za-z0-9]$", var.agent_name))
    error_message = "Use 2 to 32 letters, digits and hyphens, beginning with a letter."
  }
}

variable "managed_resource_group_ids" {
  description = "The resource groups that the agent manages."
  type        = set(string)
  default     = []

  validation {
    condition = alltrue([
      for id in var.managed_resource_group_ids :
      can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+$", id))
    ])
    error_message = "Enter resource IDs, such as /subscriptions/<id>/resourceGroups/<name>."
  }
}

variable "plane" {
  description = "The plane for the objects inside the agent: `data_plane`, or `arm` in tenants that allow it."
  type        = string
  default     = "data_plane"

  validation {
    condition     = contains(["arm", "data_plane"], var.plane)
    error_message = "Use `arm` or `data_plane`."
  }
}

variable "tags" {
  description = "The tags of the agent."
  type        = map(string)
  default     = {}
}
