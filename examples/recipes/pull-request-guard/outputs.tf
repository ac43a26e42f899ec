output "agent_id" {
  description = "The resource ID of the agent."
  value       = azuresre_agent.this.id
}

output "agent_principal_id" {
  description = "The object ID of the system-assigned identity, for role assignments."
  value       = azuresre_agent.this.identity_principal_id
}

output "agent_endpoint" {
  description = "The URL of the agent's data plane."
  value       = azuresre_agent.this.agent_endpoint
}

output "trigger_urls" {
  description = "URLs that pipelines call, by trigger name."
  value       = { for name, trigger in azuresre_http_trigger.this : name => trigger.trigger_url }
  sensitive   = true
}
