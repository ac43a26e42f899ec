terraform import azuresre_managed_connection.jira '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/support-agent/managedConnections/jira'
