terraform {
  # Actions are known since this version.
  required_version = ">= 1.14"

  required_providers {
    azuresre = {
      source  = "azuresre/azuresre"
      version = "~> 0.1"
    }
  }
}
