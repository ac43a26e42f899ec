terraform import azuresre_common_prompt.safety '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/billing-agent/commonPrompts/change-safety'
