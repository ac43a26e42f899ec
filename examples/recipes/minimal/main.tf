provider "azuresre" {
  subscription_id = var.subscription_id
  plane           = var.plane
}

resource "azuresre_agent" "this" {
  name                = var.agent_name
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags

  identity = {
    type = "SystemAssigned"
  }

  # The agent asks before it changes anything, and can only read.
  action = {
    mode         = "Review"
    access_level = "Low"
  }

  knowledge_graph = {
    managed_resources = var.managed_resource_group_ids
  }
}

# Instructions that the agent follows in every thread.
resource "azuresre_custom_instructions" "this" {
  agent_id     = azuresre_agent.this.id
  instructions = file("${path.module}/prompts/ground-rules.md")
}

# Instructions for a specific task.
resource "azuresre_skill" "resource_health" {
  agent_id    = azuresre_agent.this.id
  name        = "check-resource-health"
  description = "Checks whether an Azure resource is healthy, and what changed around it."
  content     = file("${path.module}/skills/check-resource-health.md")
  tools       = ["RunAzCliReadCommands"]
}
