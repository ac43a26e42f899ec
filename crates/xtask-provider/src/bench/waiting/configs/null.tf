variable "objects" {
  type = number
}

resource "null_resource" "agent" {}

resource "null_resource" "bench" {
  count = var.objects
  triggers = {
    agent_id    = null_resource.agent.id
    name        = "skill-${count.index}"
    description = "Finds out what skill-${count.index} is about."
    content     = "# How skill-${count.index} goes on\n\nCompare the last hour with the same hour of the day before.\n"
  }
}
