variable "objects" {
  type = number
}

resource "azuresre_agent" "bench" {
  name                = "bench"
  subscription_id     = "00000000-0000-0000-0000-000000000001"
  resource_group_name = "bench"
  location            = "swedencentral"
}

resource "azuresre_data_connector" "bench" {
  count    = var.objects
  agent_id = azuresre_agent.bench.id
  name     = "logs-${count.index}"
  plane    = "arm"

  kusto = {
    url = "https://logs.swedencentral.kusto.windows.net/logs-${count.index}"
  }
}
