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

output "mcp_tools" {
  description = "The tools of the MCP server, as skills and subagents call them."
  value       = local.mcp_tools
}
