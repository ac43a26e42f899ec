data "azuresre_agent" "this" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_http_trigger" "release" {
  agent_id = data.azuresre_agent.this.id
  name     = "release"
}

action "azuresre_http_trigger_run" "release" {
  config {
    agent_id  = data.azuresre_agent.this.id
    object_id = data.azuresre_http_trigger.release.object_id
    body      = { version = terraform_data.release.output }
  }
}

# Represents a new version. The agent checks each one.
resource "terraform_data" "release" {
  input = "1.4.2"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.azuresre_http_trigger_run.release]
    }
  }
}
