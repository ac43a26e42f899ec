data "azuresre_agent" "this" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_threads" "last" {
  agent_id = data.azuresre_agent.this.id
  limit    = 1
}

data "azuresre_thread" "last" {
  agent_id  = data.azuresre_agent.this.id
  thread_id = data.azuresre_threads.last.threads[0].id
  limit     = 5
}

output "answer" {
  description = "Last message of the agent."
  value       = [for message in data.azuresre_thread.last.messages : message.text if message.role == "SREAgent"][0]
}
