terraform import azuresre_skill.latency '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/checkout-agent/skills/triage-latency'
