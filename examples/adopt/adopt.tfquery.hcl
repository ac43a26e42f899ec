# One list for each kind of object. The lists omit what every new agent contains: empty instructions, and tools with
# their default switches.

variable "agent" {
  description = "ARM ID of the agent to take over."
  type        = string
}

locals {
  agent = provider::azuresre::parse_id(var.agent)
  # By default, Terraform lists at most 100 objects of each kind.
  limit = 10000
}

list "azuresre_agent" "agent" {
  provider = azuresre

  config {
    subscription_id     = local.agent.subscription_id
    resource_group_name = local.agent.resource_group_name
    name                = local.agent.agent_name
  }
}

list "azuresre_common_prompt" "common_prompt" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_custom_instructions" "custom_instructions" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_data_connector" "data_connector" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_github_domain" "github_domain" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_hook" "hook" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_http_trigger" "http_trigger" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_incident_filter" "incident_filter" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_knowledge_document" "knowledge_document" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_managed_connection" "managed_connection" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_managed_mcp_server" "managed_mcp_server" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_plugin" "plugin" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_plugin_marketplace" "plugin_marketplace" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_plugin_installation" "plugin_installation" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_repo" "repo" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_repo_instructions" "repo_instructions" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_scheduled_task" "scheduled_task" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_servicenow_indexing" "servicenow_indexing" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_skill" "skill" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_subagent" "subagent" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_subagent_permissions" "subagent_permissions" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_tool" "tool" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_tool_enablement" "tool_enablement" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}

list "azuresre_tool_permissions" "tool_permissions" {
  provider = azuresre
  limit    = local.limit

  config {
    agent_id = local.agent.agent_id
  }
}
