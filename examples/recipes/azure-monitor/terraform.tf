terraform {
  # Validation of one variable by another needs it.
  required_version = ">= 1.9"

  required_providers {
    azuresre = {
      source  = "azuresre/azuresre"
      version = "~> 0.1"
    }
  }
}
