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
  default     = "sre-azure-monitor"

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

variable "alert_severities" {
  description = "The severities of the alerts that the agent takes: `Sev0` to `Sev4`."
  type        = set(string)
  default     = ["Sev0", "Sev1", "Sev2"]

  validation {
    condition     = length(var.alert_severities) > 0 && alltrue([for severity in var.alert_severities : can(regex("^Sev[0-4]$", severity))])
    error_message = "List at least one of Sev0, Sev1, Sev2, Sev3 and Sev4."
  }
}

variable "availability_objective" {
  description = "The share of requests that must succeed over 30 days, in percent."
  type        = number
  default     = 99.9

  validation {
    condition     = var.availability_objective >= 90 && var.availability_objective < 100
    error_message = "Enter a percentage of at least 90 and below 100."
  }
}

variable "report_schedule" {
  description = "The schedule of the health report, as a cron expression in UTC."
  type        = string
  default     = "0 6 * * 1-5"
}

variable "github_app" {
  description = "The GitHub app that reads the repositories. Its private key is in a key vault that the identity can use."
  type = object({
    client_id       = string
    private_key_uri = string
  })
  default = null
}

variable "repositories" {
  description = "The GitHub repositories of the workload, by their name in the agent."
  type = map(object({
    url         = string
    branch      = optional(string)
    description = optional(string)
  }))
  default = {}

  validation {
    condition     = length(var.repositories) == 0 || var.github_app != null
    error_message = "Repositories need `github_app`."
  }
}
