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
  default     = "sre-two-clouds"

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

variable "aws_region" {
  description = "The AWS region that is looked at, such as `eu-north-1`."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "Give the code of a region, such as eu-north-1."
  }
}

variable "aws_access_key_id" {
  description = "The access key of an IAM user that may read CloudWatch only."
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
  description = "Raise it when the access key changes: the key itself is stored nowhere."
  type        = number
  default     = 1
}

variable "cloudwatch_server" {
  description = "The package with the MCP server for CloudWatch, with a pinned version, and those of its tools that the agent may use."
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
    error_message = "Pin the version: whatever is published later would run with your keys."
  }
}

variable "documentation_endpoint" {
  description = "The URL of an MCP server with AWS documentation; none to do without."
  type        = string
  default     = "https://knowledge-mcp.global.api.aws"
}
