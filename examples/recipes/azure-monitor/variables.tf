variable "subscription_id" {
  description = "The subscription that the agent is created in."
  type        = string
}

variable "resource_group_name" {
  description = "The resource group that the agent is created in. It has to exist."
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
  description = "The resource id of the user-assigned identity that the agent acts with."
  type        = string

  validation {
    condition     = can(regex("(?i)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/[^/]+$", var.identity_id))
    error_message = "Give the resource id of a user-assigned identity."
  }
}

variable "managed_resource_group_ids" {
  description = "The resource groups that the agent looks after."
  type        = set(string)

  validation {
    condition = alltrue([
      for id in var.managed_resource_group_ids :
      can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+$", id))
    ])
    error_message = "Give resource ids, such as /subscriptions/<id>/resourceGroups/<name>."
  }
}

variable "plane" {
  description = "Where the objects inside the agent are written: `data_plane`, or `arm` in tenants that allow it."
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
  description = "The resource id of the Application Insights component with the telemetry; none if the agent shall read none."
  type        = string
  default     = null
}

variable "log_analytics_workspace_id" {
  description = "The resource id of the Log Analytics workspace with the logs; none if the agent shall read no logs."
  type        = string
  default     = null
}

variable "alert_severities" {
  description = "The severities of the alerts that the agent takes: `Sev0` to `Sev4`."
  type        = set(string)
  default     = ["Sev0", "Sev1", "Sev2"]

  validation {
    condition     = length(var.alert_severities) > 0 && alltrue([for severity in var.alert_severities : can(regex("^Sev[0-4]$", severity))])
    error_message = "Name at least one of Sev0, Sev1, Sev2, Sev3 and Sev4."
  }
}

variable "availability_objective" {
  description = "The share of requests that have to succeed over 30 days, in percent."
  type        = number
  default     = 99.9

  validation {
    condition     = var.availability_objective >= 90 && var.availability_objective < 100
    error_message = "Give a percentage from 90 to below 100."
  }
}

variable "report_schedule" {
  description = "When the health report is written, as a cron expression in UTC."
  type        = string
  default     = "0 6 * * 1-5"
}

variable "github_app" {
  description = "The GitHub app that the repositories are read with. Its private key is in a key vault that the identity may use."
  type = object({
    client_id       = string
    private_key_uri = string
  })
  default = null
}

variable "repositories" {
  description = "The GitHub repositories of the workload, by the name that the agent knows them under."
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
