terraform {
  required_providers {
    azuresre = {
      source = "azuresre/azuresre"
    }
  }
}
