resource "azuresre_agent" "platform" {
  name                = "platform-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

# A program decides: it blocks commands that change a cluster before they run.
resource "azuresre_hook" "read_only_shell" {
  agent_id    = azuresre_agent.platform.id
  name        = "read-only-shell"
  description = "Keeps the agent from changing clusters in a terminal."
  event_type  = "PreToolUse"
  matcher     = "RunInTerminal|RunShellCommand"
  fail_mode   = "Block"

  command = {
    script = <<-EOT
      #!/usr/bin/env python3
      import json, re, sys

      call = json.load(sys.stdin).get("tool_input", {})
      if re.search(r"kubectl\s+(apply|delete|edit|patch|scale)", json.dumps(call)):
          print(json.dumps({"decision": "block", "reason": "Propose the change in a pull request."}))
    EOT
  }
}

# A model decides: it rejects an answer without evidence, at most twice.
resource "azuresre_hook" "evidence" {
  agent_id       = azuresre_agent.platform.id
  name           = "evidence"
  description    = "Rejects answers that name a cause without evidence."
  event_type     = "Stop"
  max_rejections = 2

  prompt = {
    prompt = <<-EOT
      Does the final answer name a cause without a query, a log line or a commit that shows it?
      $ARGUMENTS
      If so, answer {"ok": false, "reason": "Show what the cause was concluded from."},
      otherwise {"ok": true}.
    EOT
  }
}
