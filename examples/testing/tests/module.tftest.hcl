# Terraform generates every ID that Azure would return.
mock_provider "azuresre" {}

variables {
  name        = "shop-agent"
  environment = "staging"

  skills = {
    triage-latency = "Compare the last hour with the same hour yesterday, then the day."
    triage-errors  = "Look at what was deployed before the first error."
  }
}

run "only_production_asks_before_it_acts" {
  command = plan

  assert {
    condition     = azuresre_agent.this.action.mode == "Autonomous"
    error_message = "Outside of production, the agent must act without asking."
  }
}

run "production_asks" {
  command = plan

  variables {
    environment = "production"
  }

  assert {
    condition     = azuresre_agent.this.action.mode == "Review"
    error_message = "In production, the agent must ask before it acts."
  }
}

run "every_skill_is_for_the_operator" {
  assert {
    condition     = toset(azuresre_subagent.operator.allowed_skills) == toset(keys(var.skills))
    error_message = "The operator must have exactly the given skills."
  }

  assert {
    condition     = alltrue([for skill in azuresre_skill.this : skill.agent_id == azuresre_agent.this.id])
    error_message = "Every skill must belong to the agent."
  }

  assert {
    condition     = output.agent_id != ""
    error_message = "The module must return the ID of the agent."
  }
}
