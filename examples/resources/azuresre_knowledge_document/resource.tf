resource "azuresre_agent" "returns" {
  name                = "returns-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_knowledge_document" "restart" {
  agent_id       = azuresre_agent.returns.id
  name           = "restart.md"
  wait_for_index = true

  # To upload a file, use `source` instead of `content`.
  content = <<-EOT
    # Restarting the returns service

    1. Take the instance out of the load balancer and wait until no request is open.
    2. Restart it, and wait for the health check.
    3. Put it back. If it fails within ten minutes, roll the last release back.
  EOT
}
