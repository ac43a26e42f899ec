# Takes over an agent with everything in it, whatever has made it, without writing a line of configuration:
#
#   terraform init
#   terraform query -var agent=AGENT_ID -generate-config-out=adopted.tf
#   terraform plan
#
# Terraform 1.14 or later is needed for this; what it writes works with every version. For other hosts, and for files that
# need no tidying, there is `terraform-provider-azuresre export`. AGENT_ID is the ARM id of the
# agent, `/subscriptions/…/resourceGroups/…/providers/Microsoft.App/agents/…`.

terraform {
  required_providers {
    azuresre = {
      source = "azuresre/azuresre"
    }
  }
}

provider "azuresre" {}
