data "azuresre_agent" "catalog" {
  name                = "source-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_github_domains" "signed_in" {
  agent_id = data.azuresre_agent.catalog.id
}

check "github" {
  assert {
    condition     = contains(data.azuresre_github_domains.signed_in.items[*].name, "github.com")
    error_message = "The agent is not signed in to github.com, neither with a token nor in a browser."
  }
}

output "domains" {
  description = "Domains that the agent is signed in to."
  value       = data.azuresre_github_domains.signed_in.items[*].name
}
