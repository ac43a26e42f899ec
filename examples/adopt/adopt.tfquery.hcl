# One list per kind of object. Those that say what every new agent says are left out: empty instructions, and tools
# that are switched as they are by default.

variable "agent" {
  description = "The ARM id of the agent to take over."
  type        = string
}

locals {
  agent = provider::azuresre::parse_id(var.agent)
  # Terraform takes a hundred of each unless it is told otherwise.
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
