data "azuresre_agent" "shipping" {
  name                = "shipping-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_repo_instructions" "shipping_api" {
  agent_id = data.azuresre_agent.shipping.id
  name     = "shipping-api"
}

output "files" {
  description = "Files that the agent reads first."
  value       = keys(data.azuresre_repo_instructions.shipping_api.files)
}
