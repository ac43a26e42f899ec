# A program that the service starts next to the agent. They communicate over standard input and output.
# Connectors work on ARM in every tenant, and the portal shows only connectors that are on ARM.
resource "azuresre_data_connector" "cloudwatch" {
  agent_id = azuresre_agent.this.id
  name     = "aws-cloudwatch"
  plane    = "arm"
  identity = ""

  mcp = {
    transport      = "stdio"
    command        = "uvx"
    args           = [var.cloudwatch_server.package]
    selected_tools = var.cloudwatch_server.tools

    environment = {
      AWS_REGION        = var.aws_region
      FASTMCP_LOG_LEVEL = "ERROR"
    }

    # Neither the plan nor the state contains the keys.
    environment_wo = {
      AWS_ACCESS_KEY_ID     = var.aws_access_key_id
      AWS_SECRET_ACCESS_KEY = var.aws_secret_access_key
    }
    environment_wo_version = var.aws_key_version
  }
}

# A public server.
resource "azuresre_data_connector" "documentation" {
  count = var.documentation_endpoint == null ? 0 : 1

  agent_id = azuresre_agent.this.id
  name     = "aws-documentation"
  plane    = "arm"
  identity = ""

  mcp = {
    transport      = "http"
    endpoint       = var.documentation_endpoint
    auth_type      = "None"
    selected_tools = ["*"]
  }
}

locals {
  # The names of the server's tools inside the agent.
  cloudwatch_tools = [for tool in var.cloudwatch_server.tools : "${azuresre_data_connector.cloudwatch.name}_${tool}"]
}

resource "azuresre_common_prompt" "two_clouds" {
  agent_id = azuresre_agent.this.id
  name     = "two-clouds"
  prompt   = file("${path.module}/prompts/two-clouds.md")
}

resource "azuresre_skill" "cross_cloud" {
  agent_id    = azuresre_agent.this.id
  name        = "investigate-across-clouds"
  description = "Investigates a problem of a workload that is partly in AWS and partly in Azure."
  content     = file("${path.module}/skills/investigate-across-clouds.md")
  tools       = concat(local.cloudwatch_tools, ["RunAzCliReadCommands"])
}

resource "azuresre_subagent" "aws_analyst" {
  agent_id            = azuresre_agent.this.id
  name                = "aws-analyst"
  instructions        = templatefile("${path.module}/subagents/aws-analyst.md.tftpl", { region = var.aws_region })
  handoff_description = "A question is about alarms, metrics or logs in AWS, or about traffic between AWS and Azure."
  temperature         = 0.1

  tools = ["RunAzCliReadCommands", "SearchMemory"]
  mcp_tools = concat(
    local.cloudwatch_tools,
    [for connector in azuresre_data_connector.documentation : "${connector.name}/*"],
  )

  enable_skills  = true
  allowed_skills = [azuresre_skill.cross_cloud.name]
  common_prompts = [azuresre_common_prompt.two_clouds.name]
}

# The list of tools contains only tools that read. This hook protects you even if somebody adds others.
resource "azuresre_hook" "aws_is_read_only" {
  agent_id    = azuresre_agent.this.id
  name        = "aws-is-read-only"
  description = "Blocks AWS tools whose names indicate that they write."
  event_type  = "PreToolUse"
  matcher     = "aws-.*_(create|delete|modify|put|reboot|start|stop|terminate|update)_.*"
  fail_mode   = "Block"

  command = {
    script = file("${path.module}/hooks/aws-is-read-only.sh")
  }
}

# Documents that the agent searches. If a file changes, Terraform uploads it again.
resource "azuresre_knowledge_document" "this" {
  for_each = fileset("${path.module}/knowledge", "*.md")

  agent_id = azuresre_agent.this.id
  name     = each.key
  source   = "${path.module}/knowledge/${each.key}"
}
