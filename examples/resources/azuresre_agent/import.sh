terraform import azuresre_agent.shop '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/shop-agent'
