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

  # It asks before it changes anything, and may read only.
  action = {
    mode         = "Review"
    access_level = "Low"
  }

  knowledge_graph = {
    managed_resources = var.managed_resource_group_ids
  }
}

# What the agent is told in every thread.
resource "azuresre_custom_instructions" "this" {
  agent_id     = azuresre_agent.this.id
  instructions = file("${path.module}/prompts/ground-rules.md")
}

# What it knows how to do.
resource "azuresre_skill" "resource_health" {
  agent_id    = azuresre_agent.this.id
  name        = "check-resource-health"
  description = "Checks whether an Azure resource is healthy, and what changed around it."
  content     = file("${path.module}/skills/check-resource-health.md")
  tools       = ["RunAzCliReadCommands"]
}
