# A module with an agent, its skills, and a subagent that uses them. `tests/` tests it with a mocked provider, without
# Azure, without the emulator and without signing in.
#
#   terraform init && terraform test     (Terraform 1.7, OpenTofu 1.8, or later)

terraform {
  required_providers {
    azuresre = {
      source = "azuresre/azuresre"
    }
  }
}

variable "name" {
  description = "The name of the agent."
  type        = string
}

variable "environment" {
  description = "The environment: `production`, or any other name."
  type        = string
}

variable "skills" {
  description = "The instructions of skills, by name."
  type        = map(string)
  default     = {}
}

resource "azuresre_agent" "this" {
  name                = var.name
  resource_group_name = "rg-${var.environment}"
  location            = "swedencentral"

  action = {
    mode         = var.environment == "production" ? "Review" : "Autonomous"
    access_level = "Low"
  }
}

resource "azuresre_skill" "this" {
  for_each = var.skills

  agent_id    = azuresre_agent.this.id
  name        = each.key
  description = "Runbook: ${each.key}."
  content     = each.value
}

resource "azuresre_subagent" "operator" {
  agent_id            = azuresre_agent.this.id
  name                = "operator"
  instructions        = "Follow the runbooks."
  handoff_description = "Handles tasks that a runbook describes."
  enable_skills       = true
  allowed_skills      = [for skill in azuresre_skill.this : skill.name]
}

output "agent_id" {
  value = azuresre_agent.this.id
}
