data "azuresre_agent" "this" {
  name                = "catalog-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_repos" "this" {
  agent_id = data.azuresre_agent.this.id
}

# Run manually: terraform apply -invoke='action.azuresre_repo_test.all["catalog-api"]'
action "azuresre_repo_test" "all" {
  for_each = toset([for repo in data.azuresre_repos.this.items : repo.name])

  config {
    agent_id = data.azuresre_agent.this.id
    name     = each.key
  }
}
