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
    error_message = "Nobody has signed the agent in to github.com, by a token or in a browser."
  }
}

output "domains" {
  description = "What the agent is signed in to."
  value       = data.azuresre_github_domains.signed_in.items[*].name
}
