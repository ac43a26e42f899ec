data "azuresre_agent" "this" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_threads" "all" {
  agent_id = data.azuresre_agent.this.id
}

data "azuresre_approvals" "all" {
  for_each = toset([
    for thread in data.azuresre_threads.all.threads : thread.id if thread.waits_for_approval
  ])

  agent_id  = data.azuresre_agent.this.id
  thread_id = each.key
}

output "commands" {
  description = "Actions that wait for approval."
  value       = flatten([for thread in data.azuresre_approvals.all : thread.approvals[*].title])
}
