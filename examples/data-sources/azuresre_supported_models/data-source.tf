data "azuresre_supported_models" "sweden" {
  location = "swedencentral"
}

output "models" {
  description = "Models that agents can use, by provider."
  value       = { for model in data.azuresre_supported_models.sweden.models : model.provider => model.name... }
}
