#!/usr/bin/env bash
# tfplugindocs 0.22.0: `--providers-schema` works only for providers of HashiCorp.
#
# `tfplugindocs validate --providers-schema FILE` reads the output of `terraform providers schema -json`. In it, the
# key of a provider is its address, such as `registry.terraform.io/acme/demo`. The tool looks only for
# `registry.terraform.io/hashicorp/NAME` and for the bare name, so it never finds the schema of a provider with
# another owner, and no option sets the owner. As a workaround, rename the key in the file.
#
# Needs Go 1.24 or later, and the Go module proxy.
set -euo pipefail

module=github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs@v0.22.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GOBIN=$work/bin go install "$module"
mkdir "$work/docs"
printf -- '---\npage_title: "demo Provider"\ndescription: |-\n  Nothing.\n---\n\n# demo Provider\n' > "$work/docs/index.md"

# Prints how the tool judges the schema of a provider without resources that belongs to the owner `$1`.
judged() {
    printf '{"format_version": "1.0", "provider_schemas": {"registry.terraform.io/%s/demo": %s}}' "$1" \
        '{"provider": {"version": 0, "block": {"description_kind": "plain"}}}' > "$work/schema.json"
    local result=valid
    "$work/bin/tfplugindocs" validate --provider-name terraform-provider-demo --provider-dir "$work" \
        --providers-schema "$work/schema.json" > "$work/output" 2>&1 || result=refused
    grep -q "unable to find schema" "$work/output" && result="$result: unable to find schema"
    echo "$result"
}

others=$(judged acme)
theirs=$(judged hashicorp)
echo "$module"
echo "  registry.terraform.io/acme/demo: $others"
echo "  registry.terraform.io/hashicorp/demo: $theirs"
if [[ "$others, $theirs" != "refused: unable to find schema, valid" ]]; then
    echo "The behavior has changed: the tool now finds the schemas of other owners." >&2
    exit 1
fi
