resource "azuresre_agent" "stock" {
  name                = "stock-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_scheduled_task" "morning_report" {
  agent_id        = azuresre_agent.stock.id
  name            = "morning-report"
  description     = "Reports on the night before the workday begins."
  cron_expression = "30 6 * * 1-5"
  mode            = "ReadOnly"

  prompt = <<-EOT
    Compare the last twelve hours of the stock service with the same hours of the week before:
    error rate, slowest requests, failed jobs. Report what became worse, and since when.
  EOT
}
