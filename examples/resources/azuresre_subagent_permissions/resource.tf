resource "azuresre_agent" "shift" {
  name                = "night-shift-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_subagent" "cluster" {
  agent_id            = azuresre_agent.shift.id
  name                = "cluster"
  handoff_description = "Pods that restart, nodes that are full and deployments that hang."
  tools               = ["RunInTerminal"]

  instructions = <<-EOT
    You look after the Kubernetes clusters at night. Find out why pods restart and what has changed
    before. Never change anything; say what the day shift should do.
  EOT
}

# The main agent and other subagents ask before they use these tools.
resource "azuresre_subagent_permissions" "cluster" {
  agent_id = azuresre_agent.shift.id
  name     = azuresre_subagent.cluster.name
  allow    = ["RunInTerminal(kubectl get *)", "RunInTerminal(kubectl logs *)"]
}
