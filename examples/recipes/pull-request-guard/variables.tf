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
  default     = "sre-change-guard"

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

variable "log_analytics_workspace_id" {
  description = "The resource ID of the Log Analytics workspace with the logs, or null for no logs."
  type        = string
  default     = null
}

variable "github_token" {
  description = "A GitHub token that can read the repositories and their pull requests."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "github_token_version" {
  description = "The version of the token. Increase it when the token changes, because it is not stored."
  type        = number
  default     = 1
}

variable "repositories" {
  description = "The GitHub repositories whose pull requests the agent reviews, by their name in the agent."
  type = map(object({
    url    = string
    branch = optional(string, "main")
  }))

  validation {
    condition     = length(var.repositories) > 0 && alltrue([for repository in values(var.repositories) : startswith(repository.url, "https://github.com/")])
    error_message = "Enter at least one repository, with its full URL on github.com."
  }
}

variable "watch_minutes" {
  description = "How long the agent watches a deployment, in minutes."
  type        = number
  default     = 30

  validation {
    condition     = var.watch_minutes >= 10 && var.watch_minutes <= 120
    error_message = "Enter 10 to 120 minutes."
  }
}

variable "triggers_enabled" {
  description = "Whether the triggers are enabled."
  type        = bool
  default     = true
}
