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
  default     = "sre-two-clouds"

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

variable "aws_region" {
  description = "The AWS region to investigate, such as `eu-north-1`."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "Enter the code of a region, such as eu-north-1."
  }
}

variable "aws_access_key_id" {
  description = "The access key of an IAM user that can only read CloudWatch."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "aws_secret_access_key" {
  description = "The secret of that access key."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "aws_key_version" {
  description = "The version of the access key. Increase it when the key changes, because it is not stored."
  type        = number
  default     = 1
}

variable "cloudwatch_server" {
  description = "The package of the MCP server for CloudWatch with a pinned version, and its tools that the agent may use."
  type = object({
    package = string
    tools   = set(string)
  })
  default = {
    package = "awslabs.cloudwatch-mcp-server==0.3.1"
    tools = [
      "analyze_log_group",
      "describe_log_groups",
      "execute_log_insights_query",
      "get_active_alarms",
      "get_alarm_history",
      "get_logs_insight_query_results",
      "get_metric_data",
      "get_metric_metadata",
    ]
  }

  validation {
    condition     = strcontains(var.cloudwatch_server.package, "==")
    error_message = "Pin the version. Otherwise, any later release would run with your keys."
  }
}

variable "documentation_endpoint" {
  description = "The URL of an MCP server with AWS documentation, or null for no server."
  type        = string
  default     = "https://knowledge-mcp.global.api.aws"
}
