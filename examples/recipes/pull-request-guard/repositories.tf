resource "azuresre_github_domain" "this" {
  agent_id = azuresre_agent.this.id
  name     = "github.com"

  # The token reaches neither plan nor state.
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

  # A repository can be cloned once the agent has signed in.
  depends_on = [azuresre_github_domain.this]
}

# What the agent reads before it works with the code. The files are the same for all repositories.
resource "azuresre_repo_instructions" "this" {
  for_each = azuresre_repo.this

  agent_id = azuresre_agent.this.id
  name     = each.value.name

  files = {
    for file in fileset("${path.module}/repositories", "*.md") :
    file => file("${path.module}/repositories/${file}")
  }
}
