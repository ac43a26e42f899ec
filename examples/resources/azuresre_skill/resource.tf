resource "azuresre_agent" "checkout" {
  name                = "checkout-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_skill" "latency" {
  agent_id    = azuresre_agent.checkout.id
  name        = "triage-latency"
  description = "Finds out why requests to the checkout have become slow."
  tools       = ["RunAzCliReadCommands"]

  content = <<-EOT
    # Slow requests

    1. Compare the slow requests with those of an hour ago, service by service.
    2. Look for a deployment or a change of configuration in between.
    3. Report the service, the time it began, and what changed. Change nothing.
  EOT

  additional_files = [
    {
      path    = "queries/slow.kql"
      content = "requests | where duration > 2s | summarize count() by cloud_RoleName"
    },
  ]
}
