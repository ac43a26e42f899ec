terraform import azuresre_data_connector.tickets '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/orders-agent/DataConnectors/tickets'
