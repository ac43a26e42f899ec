data "azuresre_agent" "shop" {
  name                = "shop-agent"
  resource_group_name = "rg-sre"
}

ephemeral "azuresre_access_token" "data_plane" {
  plane = "data_plane"
}

# Checks whether the agent answers, once it exists.
resource "terraform_data" "smoke_test" {
  triggers_replace = data.azuresre_agent.shop.id

  provisioner "local-exec" {
    command = "curl --silent --show-error --fail --header \"authorization: Bearer $TOKEN\" \"$ENDPOINT/api/v2/repos\""
    environment = {
      ENDPOINT = data.azuresre_agent.shop.agent_endpoint
      TOKEN    = ephemeral.azuresre_access_token.data_plane.token
    }
  }
}
