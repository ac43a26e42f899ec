resource "azuresre_agent" "invoice" {
  name                = "invoice-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_subagent" "database" {
  agent_id            = azuresre_agent.invoice.id
  name                = "database"
  handoff_description = "Slow queries, locks and connections in the invoice database."
  tools               = ["RunAzCliReadCommands", "RunPsqlReadCommand"]

  instructions = <<-EOT
    You look after the PostgreSQL database of the invoice service. Find the statements that
    wait, what they wait for, and who holds it. Show the query behind every finding.
    Hand over to `network` when connections fail before they reach the server.
  EOT

  # Written as text, because the two subagents may hand off to each other.
  handoffs = ["network"]

  # This hook checks only the answers of this subagent.
  hooks = {
    stop = [
      {
        prompt = {
          prompt = "Does the answer name the session that holds each lock? If not, reject it with a reason. $ARGUMENTS"
        }
      },
    ]
  }
}

resource "azuresre_subagent" "network" {
  agent_id            = azuresre_agent.invoice.id
  name                = "network"
  handoff_description = "Name resolution, routes and firewalls between services."
  tools               = ["RunAzCliReadCommands"]
  handoffs            = [azuresre_subagent.database.name]

  instructions = <<-EOT
    You find out where connections of the invoice service end: name resolution, routes,
    network security groups, private endpoints. Change nothing.
  EOT
}
