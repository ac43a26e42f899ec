data "azuresre_agent" "this" {
  name                = "stock-agent"
  resource_group_name = "rg-sre"
}

variable "azure_devops_token" {
  description = "A personal access token with read access to code."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = "example"
}

# Sign in with the managed identity of the agent, which must be a user of the organization.
action "azuresre_azure_devops_auth" "identity" {
  config {
    agent_id     = data.azuresre_agent.this.id
    organization = "https://dev.azure.com/contoso"
  }
}

# Sign in with a token. Neither the plan nor the state contains it.
action "azuresre_azure_devops_auth" "token" {
  config {
    agent_id              = data.azuresre_agent.this.id
    organization          = "https://dev.azure.com/fabrikam"
    personal_access_token = var.azure_devops_token
  }
}
