data "azuresre_agent" "this" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

# The agent checks each release. The apply fails if the answer does not match.
action "azuresre_message" "check" {
  config {
    agent_id = data.azuresre_agent.this.id
    text     = "Version ${terraform_data.version.output} was released. Which alerts fire?"
    expect   = "/(?i)alerts|skill/"
    timeout  = "10m"
  }
}

resource "terraform_data" "version" {
  input = "1.4.2"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.azuresre_message.check]
    }
  }
}

# Run manually: terraform apply -invoke=action.azuresre_message.restart
# The agent asks for approval. Somebody approves in the portal or with azuresre_approval.
action "azuresre_message" "restart" {
  config {
    agent_id = data.azuresre_agent.this.id
    text     = "Please restart orders-api."
    wait     = false
  }
}
