data "azuresre_agent" "catalog" {
  name                = "source-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_github_oauth" "catalog" {
  agent_id = data.azuresre_agent.catalog.id
}

output "sign_in" {
  description = "URL at which a user signs the agent in to GitHub, once, in a browser."
  value       = data.azuresre_github_oauth.catalog.oauth_url
}
