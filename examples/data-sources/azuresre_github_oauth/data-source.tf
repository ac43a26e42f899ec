data "azuresre_agent" "catalogue" {
  name                = "catalogue-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_github_oauth" "catalogue" {
  agent_id = data.azuresre_agent.catalogue.id
}

output "sign_in" {
  description = "Where somebody signs the agent in to GitHub, once, in a browser."
  value       = data.azuresre_github_oauth.catalogue.oauth_url
}
