resource "azuresre_agent" "storefront" {
  name                = "storefront-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"

  identity = {
    type = "SystemAssigned"
  }

  incident_management = {
    type                   = "AzMonitor"
    remove_quickstart_plan = true
  }
}

resource "azuresre_subagent" "triage" {
  agent_id            = azuresre_agent.storefront.id
  name                = "storefront-triage"
  handoff_description = "Alerts about the storefront."
  instructions        = "Find out since when the storefront is affected, which change came before, and how many users notice."
  tools               = ["RunAzCliReadCommands"]
}

resource "azuresre_incident_filter" "critical" {
  agent_id           = azuresre_agent.storefront.id
  name               = "storefront-critical"
  platform           = "AzMonitor"
  priorities         = ["Sev0", "Sev1"]
  title_contains_any = ["storefront", "checkout"]
  title_not_contains = ["load test"]

  subagent            = azuresre_subagent.triage.name
  mode                = "Review"
  merge_enabled       = true
  merge_window_hours  = 2
  custom_instructions = "Post a first summary within five minutes, even if the cause is not known yet."
}
