# An agent assesses drift. The run fails unless the agent finds that all of it is harmless.
#
#   terraform -chdir=../live plan -refresh-only -out=drift.tfplan
#   terraform -chdir=../live show -json drift.tfplan > drift.json
#   terraform init
#   terraform apply -auto-approve -invoke=action.azuresre_message.drift -var plan=drift.json

data "azuresre_agent" "this" {
  name                = var.agent_name
  resource_group_name = var.resource_group_name
}

locals {
  changed = [
    for resource in try(jsondecode(file(var.plan)).resource_drift, []) : {
      address = resource.address
      actions = resource.change.actions
      arguments = {
        for name in setunion(try(keys(resource.change.before), []), try(keys(resource.change.after), [])) :
        name => {
          before = jsonencode(try(resource.change.before[name], null))
          after  = jsonencode(try(resource.change.after[name], null))
          secret = strcontains(
            jsonencode([
              resource.change.before_sensitive == true,
              try(resource.change.before_sensitive[name], false),
              resource.change.after_sensitive == true,
              try(resource.change.after_sensitive[name], false),
            ]),
            "true",
          )
        }
        if jsonencode(try(resource.change.before[name], null)) != jsonencode(try(resource.change.after[name], null))
      }
    }
  ]

  # A plan contains secrets in clear text. The message says that they have changed, but not their values.
  drift = [
    for resource in local.changed : merge(resource, {
      arguments = {
        for name, change in resource.arguments :
        name => change.secret ? "secret" : "from ${change.before} to ${change.after}"
      }
    })
  ]
}

action "azuresre_message" "drift" {
  config {
    agent_id    = data.azuresre_agent.this.id
    text        = templatefile("${path.module}/prompts/drift.md", { drift = jsonencode(local.drift) })
    expect      = "/(?m)^VERDICT: HARMLESS$/"
    on_approval = "fail"
    timeout     = var.timeout
  }
}
