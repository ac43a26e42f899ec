terraform import azuresre_plugin.runbooks '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/delivery-agent/plugins/runbook-search'
