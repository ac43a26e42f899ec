data "azuresre_agent" "this" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_threads" "this" {
  agent_id = data.azuresre_agent.this.id
  limit    = 100
}

output "waiting" {
  description = "Threads in which the agent asks for approval."
  value = {
    for thread in data.azuresre_threads.this.threads : thread.id => thread.title
    if thread.waits_for_approval
  }
}
