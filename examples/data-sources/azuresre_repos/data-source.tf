data "azuresre_agent" "catalog" {
  name                = "catalog-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_repos" "catalog" {
  agent_id = data.azuresre_agent.catalog.id
}

output "clones" {
  description = "Clone status, by repository URL."
  value       = { for repo in data.azuresre_repos.catalog.items : repo.url => repo.clone_status }
}
