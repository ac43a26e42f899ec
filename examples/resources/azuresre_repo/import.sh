terraform import azuresre_repo.catalog_api '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/catalog-agent/repositories/catalog-api'
