terraform import azuresre_subagent.database '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/invoice-agent/subagents/database'
