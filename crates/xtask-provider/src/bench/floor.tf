variable "objects" {
  type = number
}

variable "text" {
  type = string
}

resource "terraform_data" "agent" {
  input = "bench"
}

resource "terraform_data" "bench" {
  count = var.objects
  input = "${terraform_data.agent.id} bench-${count.index} ${var.text}"
}
