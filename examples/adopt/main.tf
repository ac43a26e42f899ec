# Imports an agent with everything in it, no matter how it was created, and generates its configuration:
#
#   terraform init
#   terraform query -var agent=AGENT_ID -generate-config-out=adopted.tf
#   terraform plan
#
# This requires Terraform 1.14 or later. The generated configuration works with every version. For other hosts, or to
# get files that are already tidy, use `terraform-provider-azuresre export`. AGENT_ID is the ARM ID of the agent,
# `/subscriptions/…/resourceGroups/…/providers/Microsoft.App/agents/…`.

terraform {
  required_providers {
    azuresre = {
      source = "azuresre/azuresre"
    }
  }
}

provider "azuresre" {}
