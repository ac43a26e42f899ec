terraform {
  # Write-only arguments need it.
  required_version = ">= 1.11"

  required_providers {
    azuresre = {
      source  = "azuresre/azuresre"
      version = "~> 0.1"
    }
  }
}
