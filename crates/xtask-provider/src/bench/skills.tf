variable "objects" {
  type = number
}

variable "text" {
  type = string
}

resource "azuresre_agent" "bench" {
  name                = "bench"
  subscription_id     = "00000000-0000-0000-0000-000000000001"
  resource_group_name = "bench"
  location            = "swedencentral"
}

resource "azuresre_skill" "bench" {
  count       = var.objects
  agent_id    = azuresre_agent.bench.id
  name        = "bench-${count.index}"
  description = var.text
  content     = "# Skill ${count.index}\n\nCompare the last hour with the same hour of the day before: ${var.text}.\n"
}
