terraform import azuresre_tool_permissions.login '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/identity-agent/toolPermissions/default'
