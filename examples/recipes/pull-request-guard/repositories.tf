resource "azuresre_github_domain" "this" {
  agent_id = azuresre_agent.this.id
  name     = "github.com"

  # Neither the plan nor the state contains the token.
  pat = {
    token_wo         = var.github_token
    token_wo_version = var.github_token_version
  }
}

resource "azuresre_repo" "this" {
  for_each = var.repositories

  agent_id = azuresre_agent.this.id
  name     = each.key
  type     = "GitHub"
  url      = each.value.url
  branch   = each.value.branch

  # The agent must sign in before it can clone a repository.
  depends_on = [azuresre_github_domain.this]
}

# Instructions that the agent reads before it works with the code, the same for all repositories.
resource "azuresre_repo_instructions" "this" {
  for_each = azuresre_repo.this

  agent_id = azuresre_agent.this.id
  name     = each.value.name

  files = {
    for file in fileset("${path.module}/repositories", "*.md") :
    file => file("${path.module}/repositories/${file}")
  }
}
