terraform {
  required_version = ">= 1.0"

  required_providers {
    azuresre = {
      source  = "azuresre/azuresre"
      version = "~> 0.1"
    }
  }
}
