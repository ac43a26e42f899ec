resource "azuresre_agent" "login" {
  name                = "identity-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_tool_permissions" "login" {
  agent_id = azuresre_agent.login.id

  allow = [
    "RunAzCliReadCommands",
    "RunInTerminal(kubectl get *)",
    "RunInTerminal(kubectl logs *)",
  ]

  ask  = ["RunAzCliWriteCommands"]
  deny = ["RunInTerminal(kubectl delete *)", "FetchWebpage"]
}
