# Lists the skills whose names begin with `triage-`, with their content.
list "azuresre_skill" "triage" {
  provider         = azuresre
  include_resource = true
  limit            = 1000

  config {
    agent_id    = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/checkout-agent"
    name_prefix = "triage-"
  }
}
