//! Where the agent and the code that it runs may reach.

use serde_json::json;
use tfplugin::schema::Validator;

use super::egress;
use crate::kind::{Field, KnownIn, Node, same};

/// The typed version that knows nothing of networks.
const NOT_YET: &[&str] = &["2026-01-01"];

/// The attributes `vnet` and `sandbox`.
pub(super) fn nodes() -> Vec<Node> {
    let proxy = vec![
        Field::string(
            "http_url",
            "/httpUrl",
            "The proxy for http, such as `http://proxy.contoso.com:3128`. It is at the same address as that \
             for https.",
        )
        .check(egress::proxy())
        .into(),
        Field::string(
            "https_url",
            "/httpsUrl",
            "The proxy for https, such as `http://proxy.contoso.com:3128`. The service wants it wherever \
             there is a proxy.",
        )
        .check(egress::proxy())
        .into(),
        Field::strings(
            "no_proxy",
            "/noProxy",
            "Hosts that are reached without the proxy: names, `.suffix`, `*.suffix` or IPv4 addresses.",
        )
        .check(Validator::each(egress::host_without_proxy()))
        .into(),
    ];
    let egress = vec![
        Field::string("mode", "/mode", "`Unrestricted`, `Limited` or `AzureVNet`.")
            .required()
            .null_means(json!("Unrestricted"))
            .known_values(&["Unrestricted", "Limited", "AzureVNet"])
            .into(),
        Field::string_set(
            "allowed_hosts",
            "/allowedHosts",
            "Hosts that may be reached, such as `api.contoso.com` or `*.contoso.com`. With restricted \
             egress the service fills in about thirty hosts that the agent itself needs: without this \
             argument they stay, and with it they are replaced, so that it has to name them as well.",
        )
        .server_chosen()
        .check(Validator::at_most(100))
        .check(Validator::each(Validator::length(1, 253)))
        .check(Validator::each(egress::allowed_host()))
        .into(),
        Field::string_set(
            "allowed_registries",
            "/allowedRegistries",
            "Package registries that may be reached: `pypi`, `npmjs`, `nuget-org`, `ubuntu`.",
        )
        .known_values(&["pypi", "npmjs", "nuget-org", "ubuntu"])
        .into(),
        Field::string_set(
            "allowed_code_repositories",
            "/allowedCodeRepositories",
            "Code hosts that may be reached: `Github`, `GithubEnterprise`, `AzureDevOps`, `GitLab`.",
        )
        .known_values(&[
            "Github",
            "GithubEnterprise",
            "AzureDevOps",
            "GitLab",
        ])
        .into(),
        Field::bool(
            "allow_http_mcp_server_network_access",
            "/allowHttpMcpServerNetworkAccess",
            "Whether traffic to MCP servers may bypass the network of the customer.",
        )
        .server_chosen()
        .into(),
        Field::object("http_proxy", "/httpProxy", "A proxy for the sandbox.", proxy).into(),
        Field::object(
            "vnet",
            "/vnetConfiguration",
            "How the sandbox uses the virtual network; in mode `AzureVNet` only.",
            vec![
                Field::bool(
                    "use_private_dns_resolution",
                    "/usePrivateDnsResolution",
                    "Whether names are resolved in the virtual network.",
                )
                .default(json!(false))
                .into(),
            ],
        )
        .known_in(KnownIn::Previews)
        .into(),
    ];
    let package = vec![
        Field::string("name", "/name", "The name of the package.")
            .required()
            .check(egress::package())
            .into(),
        Field::string(
            "version",
            "/version",
            "The version; the newest if it is not given.",
        )
        .check(egress::version())
        .into(),
        Field::string(
            "package_manager",
            "/packageManager",
            "`pip`, `npm` or `nuget`.",
        )
        .required()
        .known_values(&["pip", "npm", "nuget"])
        .into(),
    ];
    vec![
        Field::object(
            "vnet",
            "/properties/vnetConfiguration",
            "Brings the agent into a virtual network. It goes together with `sandbox.egress.mode` \
             `AzureVNet`.",
            vec![
                Field::string(
                    "subnet_id",
                    "/subnetResourceId",
                    "The resource id of a subnet in the agent's region, delegated to \
                     `Microsoft.App/environments`.",
                )
                .required()
                .same(same::ignoring_case)
                .into(),
            ],
        )
        .known_in(KnownIn::AllBut(NOT_YET))
        .into(),
        Field::object(
            "sandbox",
            "/properties/sandboxConfiguration",
            "What code that the agent runs may reach, and what it finds installed. Without this block \
             it may reach everything.",
            vec![
                Field::object("egress", "/egress", "Outbound traffic.", egress)
                    .reset(json!({ "mode": "Unrestricted" }))
                    .into(),
                Field::objects("packages", "/packages", "Packages to install.", package)
                    .keyed_by(&["name", "package_manager"])
                    .check(Validator::at_most(200))
                    .into(),
            ],
        )
        .known_in(KnownIn::AllBut(NOT_YET))
        // Never null as a whole, which the sources of the service's rules read in two ways.
        .reset(json!({}))
        .into(),
    ]
}
