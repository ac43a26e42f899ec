terraform import azuresre_hook.read_only_shell '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/platform-agent/hooks/read-only-shell'
