#!/usr/bin/env bash
# tfplugindocs 0.22.0: a schema from a file is found only if the provider is HashiCorp's.
#
# `tfplugindocs validate --providers-schema FILE` takes what `terraform providers schema -json` prints. There the
# key of a provider is its address, such as `registry.terraform.io/acme/demo`. The tool looks for
# `registry.terraform.io/hashicorp/NAME` and for the bare name, so that it finds the schema of no provider of
# anybody else, without an option that says whose it is. Renaming the key in the file helps.
#
# Needs Go 1.24 or later, and the Go module proxy.
set -euo pipefail

module=github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs@v0.22.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GOBIN=$work/bin go install "$module"
mkdir "$work/docs"
printf -- '---\npage_title: "demo Provider"\ndescription: |-\n  Nothing.\n---\n\n# demo Provider\n' > "$work/docs/index.md"

# What the tool makes of the schema of a provider without resources, by its owner.
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
    echo "This is not what was found: the schemas of others are found now." >&2
    exit 1
fi
