//! Network access of the agent and of the code that it runs.

use serde_json::json;
use tfplugin::schema::Validator;

use super::egress;
use crate::kind::{Field, KnownIn, Node, equality};
use crate::resources::shared;

/// The typed versions that do not support networks.
const NOT_YET: &[&str] = &["2026-01-01"];

/// Returns the attributes `vnet` and `sandbox`.
pub(super) fn nodes() -> Vec<Node> {
    let proxy = vec![
        Field::string(
            "http_url",
            "/httpUrl",
            "Address of the proxy for HTTP traffic, such as `http://proxy.contoso.com:3128`.",
        )
        .when_set("Must be the same address as `https_url`.")
        .check(egress::proxy())
        .into(),
        Field::string(
            "https_url",
            "/httpsUrl",
            "Address of the proxy for HTTPS traffic, such as `http://proxy.contoso.com:3128`.",
        )
        .when_set("The service requires this argument whenever you configure a proxy.")
        .check(egress::proxy())
        .into(),
        Field::strings(
            "no_proxy",
            "/noProxy",
            "Hosts that the sandbox reaches without the proxy: host names, `.suffix`, `*.suffix` \
             or IPv4 addresses.",
        )
        .check(Validator::each(egress::host_without_proxy()))
        .into(),
    ];
    let egress = vec![
        Field::string(
            "mode",
            "/mode",
            "Egress mode of the sandbox. Known values are `Unrestricted`, `Limited` and \
             `AzureVNet`.",
        )
        .required()
        .null_means(json!("Unrestricted"))
        .known_values(&["Unrestricted", "Limited", "AzureVNet"])
        .into(),
        Field::string_set(
            "allowed_hosts",
            "/allowedHosts",
            "Hosts that the sandbox may reach, such as `api.contoso.com` or `*.contoso.com`.",
        )
        .when_set(
            "If you omit this argument, the service allows about thirty hosts that the agent \
             itself needs when egress is restricted. If you set it, your list replaces these \
             hosts, so include them in it.",
        )
        .server_chosen()
        .check(Validator::at_most(100))
        .check(Validator::each(Validator::length(1, 253)))
        .check(Validator::each(egress::allowed_host()))
        .into(),
        Field::string_set(
            "allowed_registries",
            "/allowedRegistries",
            "Package registries that the sandbox may reach.",
        )
        .known_values(&["pypi", "npmjs", "nuget-org", "ubuntu"])
        .into(),
        Field::string_set(
            "allowed_code_repositories",
            "/allowedCodeRepositories",
            "Code hosts that the sandbox may reach.",
        )
        .known_values(&["Github", "GithubEnterprise", "AzureDevOps", "GitLab"])
        .into(),
        Field::bool(
            "allow_http_mcp_server_network_access",
            "/allowHttpMcpServerNetworkAccess",
            "Whether traffic to MCP servers may bypass your virtual network.",
        )
        .server_chosen()
        .into(),
        Field::object("http_proxy", "/httpProxy", "Proxy of the sandbox.", proxy).into(),
        Field::object(
            "vnet",
            "/vnetConfiguration",
            "Use of the virtual network by the sandbox. Only applies to the `AzureVNet` mode.",
            vec![
                Field::bool(
                    "use_private_dns_resolution",
                    "/usePrivateDnsResolution",
                    "Whether the sandbox resolves names through the DNS of the virtual network.",
                )
                .default(json!(false))
                .into(),
            ],
        )
        .known_in(KnownIn::Previews)
        .into(),
    ];
    let package = vec![
        Field::string("name", "/name", "Name of the package.")
            .required()
            .check(egress::package())
            .into(),
        Field::string(
            "version",
            "/version",
            "Version of the package, or a range of versions.",
        )
        .when_set("Defaults to the newest version.")
        .check(egress::version())
        .into(),
        Field::string(
            "package_manager",
            "/packageManager",
            "Package manager that installs the package. Known values are `pip`, `npm` and `nuget`.",
        )
        .required()
        .known_values(&["pip", "npm", "nuget"])
        .into(),
    ];
    vec![
        Field::object(
            "vnet",
            "/properties/vnetConfiguration",
            "Virtual network of the agent.",
            vec![
                Field::string(
                    "subnet_id",
                    "/subnetResourceId",
                    "Resource ID of the subnet. The subnet must be in the region of the agent and \
                     must be delegated to `Microsoft.App/environments`.",
                )
                .required()
                .semantic_equality(equality::ignoring_case)
                .check(shared::resource_id())
                .into(),
            ],
        )
        .when_set("Requires `sandbox.egress.mode` to be `AzureVNet`.")
        .known_in(KnownIn::AllBut(NOT_YET))
        .into(),
        Field::object(
            "sandbox",
            "/properties/sandboxConfiguration",
            "Sandbox in which the agent runs code: the network that the code can reach, and the \
             packages that are installed.",
            vec![
                Field::object(
                    "egress",
                    "/egress",
                    "Outbound traffic of the sandbox.",
                    egress,
                )
                .reset(json!({ "mode": "Unrestricted" }))
                .into(),
                Field::objects(
                    "packages",
                    "/packages",
                    "Packages that are installed in the sandbox.",
                    package,
                )
                .keyed_by(&["name", "package_manager"])
                .check(Validator::at_most(200))
                .into(),
            ],
        )
        .when_set("If you omit this block, outbound traffic is unrestricted.")
        .known_in(KnownIn::AllBut(NOT_YET))
        // The object is reset to an empty one, because the meaning of null is ambiguous in the
        // sources.
        .reset(json!({}))
        .into(),
    ]
}
