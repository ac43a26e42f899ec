terraform import azuresre_tool.failed_orders '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/warehouse-agent/tools/FailedOrders'
