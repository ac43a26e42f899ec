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
  default     = "sre-servicenow"

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

variable "servicenow_url" {
  description = "The URL of the ServiceNow instance, such as `https://contoso.service-now.com`."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+$", var.servicenow_url))
    error_message = "Enter the URL of the instance without a path."
  }
}

variable "servicenow_username" {
  description = "The ServiceNow user with which the agent signs in."
  type        = string
}

variable "servicenow_password" {
  description = "The password of that user."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "servicenow_password_version" {
  description = "The version of the password. Increase it when the password changes, because it is not stored."
  type        = number
  default     = 1
}

variable "assignment_group" {
  description = "The ServiceNow group whose incidents the agent reads, as its name or `sys_id`."
  type        = string
}

variable "priorities" {
  description = "The priorities of the incidents that the agent takes: `1` (critical) to `5` (planning)."
  type        = set(string)
  default     = ["1", "2"]

  validation {
    condition     = length(var.priorities) > 0 && alltrue([for priority in var.priorities : can(regex("^[1-5]$", priority))])
    error_message = "List at least one of 1, 2, 3, 4 and 5."
  }
}

variable "log_analytics_workspace_id" {
  description = "The resource ID of the Log Analytics workspace with the logs of the workload."
  type        = string
}

variable "tool_permissions" {
  description = "Tools to allow, to ask about, and to deny: names, or patterns such as `RunInTerminal(kubectl get *)`."
  type = object({
    allow = optional(set(string), [])
    ask   = optional(set(string), [])
    deny  = optional(set(string), [])
  })
  default = {
    allow = [
      "QueryLogAnalyticsByWorkspaceId",
      "RunAzCliReadCommands",
      "SearchMemory",
    ]
    ask = [
      "RunAzCliWriteCommands",
      "RunInTerminal",
      "RunKubectlWriteCommand",
    ]
    deny = [
      "CreateGithubIssue",
      "PostTeamsMessage",
      "RunAzCliWriteCommands(az role *)",
      "SendOutlookEmail",
    ]
  }
}
