variable "agents" {
  type = number
}

# Objects of each kind and agent.
variable "objects" {
  type = number
}

variable "text" {
  type = string
}

locals {
  count = var.agents * var.objects
}

resource "azuresre_agent" "soak" {
  count               = var.agents
  name                = "soak-${count.index}"
  subscription_id     = "00000000-0000-0000-0000-000000000001"
  resource_group_name = "soak"
  location            = "swedencentral"
}

resource "azuresre_skill" "soak" {
  count       = local.count
  agent_id    = azuresre_agent.soak[floor(count.index / var.objects)].id
  name        = "skill-${count.index}"
  description = var.text
  content     = "# Skill ${count.index}\n\nCompare the last hour with the same hour of the day before: ${var.text}.\n"
}

resource "azuresre_hook" "soak" {
  count       = local.count
  agent_id    = azuresre_agent.soak[floor(count.index / var.objects)].id
  name        = "hook-${count.index}"
  description = var.text
  event_type  = "Stop"
  prompt      = { prompt = "Does the answer name its evidence? If so, answer {\"ok\": true}." }
}

resource "azuresre_common_prompt" "soak" {
  count    = local.count
  agent_id = azuresre_agent.soak[floor(count.index / var.objects)].id
  name     = "prompt-${count.index}"
  plane    = "data_plane"
  prompt   = "Prompt ${count.index}: ${var.text}."
}

resource "azuresre_tool" "soak" {
  count       = local.count
  agent_id    = azuresre_agent.soak[floor(count.index / var.objects)].id
  name        = "Tool${count.index}"
  plane       = "data_plane"
  description = var.text
  link        = { template = "https://example.com/${count.index}" }
}

resource "azuresre_http_trigger" "soak" {
  count       = local.count
  agent_id    = azuresre_agent.soak[floor(count.index / var.objects)].id
  name        = "trigger-${count.index}"
  description = var.text
  prompt      = "Work on call ${count.index}: ${var.text}."
}
