data "azuresre_agent" "catalog" {
  name                = "source-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_github_domain" "enterprise" {
  agent_id = data.azuresre_agent.catalog.id
  name     = "github.contoso.com"
}

output "enterprise" {
  description = "ID of the sign-in to GitHub Enterprise."
  value       = data.azuresre_github_domain.enterprise.id
}
