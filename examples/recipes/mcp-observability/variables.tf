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
  default     = "sre-observability"

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

variable "mcp_endpoint" {
  description = "The URL of the vendor's MCP server, such as `https://mcp.example.com/v1`."
  type        = string

  validation {
    condition     = startswith(var.mcp_endpoint, "https://")
    error_message = "The service connects to MCP servers over HTTPS only."
  }
}

variable "mcp_token" {
  description = "The bearer token for the MCP server, with read access only."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "mcp_token_version" {
  description = "The version of the token. Increase it when the token changes, because it is not stored."
  type        = number
  default     = 1
}

variable "mcp_tools" {
  description = "The tools of the MCP server that the agent may use, as the server names them."
  type        = set(string)

  validation {
    condition     = length(var.mcp_tools) > 0 && !contains(var.mcp_tools, "*")
    error_message = "List the tools by name. An agent has at most 80, and tools that write do not belong here."
  }
}

variable "partner_type" {
  description = "The preset of the vendor, such as `DynatraceMcp`, or null for a server without a preset."
  type        = string
  default     = null
}

variable "log_analytics_workspace_id" {
  description = "The resource ID of the Log Analytics workspace with the logs, or null for no logs."
  type        = string
  default     = null
}

variable "github_token" {
  description = "A GitHub token that can read the repositories. Requires `repositories`."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "github_token_version" {
  description = "The version of the token. Increase it when the token changes, because it is not stored."
  type        = number
  default     = 1
}

variable "repositories" {
  description = "The URLs of the GitHub repositories of the workload, by their name in the agent."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for url in values(var.repositories) : startswith(url, "https://github.com/")])
    error_message = "Enter full URLs on github.com."
  }
}
