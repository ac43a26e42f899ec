variable "objects" {
  type = number
}

variable "arm" {
  type = string
}

variable "authority" {
  type = string
}

provider "azuresre" {
  active_directory_authority_host = var.authority
  resource_manager_endpoint       = var.arm
  resource_manager_audience       = "https://management.azure.com"
  plane                           = "data_plane"
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
  name        = "skill-${count.index}"
  description = "Finds out what skill-${count.index} is about."
  content     = "# How skill-${count.index} goes on\n\nCompare the last hour with the same hour of the day before.\n"
}
