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
  default     = "sre-on-call"

  validation {
    condition     = can(regex("^[A-Za-z][-A-Za-z0-9]{0,30}[A-Za-z0-9]$", var.agent_name))
    error_message = "Use 2 to 32 letters, digits and hyphens, beginning with a letter."
  }
}

variable "identity_id" {
  description = "The resource ID of the user-assigned identity with which the agent acts."
  type        = string

  validation {
    condition     = can(regex("(?i)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/[^/]+$", var.identity_id))
    error_message = "Enter the resource ID of a user-assigned identity."
  }
}

variable "managed_resource_group_ids" {
  description = "The resource groups that the agent manages."
  type        = set(string)

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

variable "pagerduty_api_key" {
  description = "The API key of a PagerDuty user, not of the account."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "pagerduty_api_key_version" {
  description = "The version of the key. Increase it when the key changes, because it is not stored."
  type        = number
  default     = 1
}

variable "requester_email" {
  description = "The e-mail address of the PagerDuty user who appears as the author of notes."
  type        = string

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+$", var.requester_email))
    error_message = "Enter an e-mail address."
  }
}

variable "priorities" {
  description = "The priorities of the incidents that the agent takes: `P1` to `P5`."
  type        = set(string)
  default     = ["P1", "P2"]

  validation {
    condition     = length(var.priorities) > 0 && alltrue([for priority in var.priorities : can(regex("^P[1-5]$", priority))])
    error_message = "List at least one of P1, P2, P3, P4 and P5."
  }
}

variable "application_insights_id" {
  description = "The resource ID of the Application Insights component with the telemetry, or null for no telemetry."
  type        = string
  default     = null
}

variable "log_analytics_workspace_id" {
  description = "The resource ID of the Log Analytics workspace with the logs, or null for no logs."
  type        = string
  default     = null
}
