terraform import azuresre_github_domain.github '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/source-agent/githubDomains/github.com'
