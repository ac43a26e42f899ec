variable "objects" {
  type = number
}

variable "text" {
  type = string
}

resource "terraform_data" "agent" {
  input = {
    name                = "bench"
    subscription_id     = "00000000-0000-0000-0000-000000000001"
    resource_group_name = "bench"
    location            = "swedencentral"
  }
}

resource "terraform_data" "bench" {
  count = var.objects
  input = {
    agent_id    = terraform_data.agent.id
    name        = "bench-${count.index}"
    description = var.text
    content     = "# Skill ${count.index}\n\n${var.text}\n"
  }
}
