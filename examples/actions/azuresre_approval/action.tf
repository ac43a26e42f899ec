data "azuresre_agent" "this" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_threads" "this" {
  agent_id = data.azuresre_agent.this.id
}

locals {
  waiting = [for thread in data.azuresre_threads.this.threads : thread.id if thread.waits_for_approval]
}

# Run manually: terraform apply -invoke=action.azuresre_approval.yes
action "azuresre_approval" "yes" {
  config {
    agent_id  = data.azuresre_agent.this.id
    thread_id = one(local.waiting)
    decision  = "approve"
  }
}

# Run manually: terraform apply -invoke=action.azuresre_approval.no
action "azuresre_approval" "no" {
  config {
    agent_id  = data.azuresre_agent.this.id
    thread_id = one(local.waiting)
    decision  = "reject"
    reason    = "Nothing is restarted before the end of the sale."
  }
}
