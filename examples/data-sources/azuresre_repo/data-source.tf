data "azuresre_agent" "catalog" {
  name                = "catalog-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_repo" "catalog_api" {
  agent_id = data.azuresre_agent.catalog.id
  name     = "catalog-api"
}

output "clone_status" {
  description = "Clone status of the repository."
  value       = data.azuresre_repo.catalog_api.clone_status
}
