#!/usr/bin/env bash
# terraform-compliance 1.16.0: a resource "contains" an argument that nobody has set.
#
# The JSON of a plan contains every attribute of a resource, with null for those that are not set. `it must not
# contain X` only looks for the name. A policy such as "no stored passwords" therefore fails for a resource without
# a password, and `it must contain X` holds for a resource that lacks it. The plan below is what Terraform 1.11.4
# prints for `resource "terraform_data" "unset" { input = "x" }`.
#
# Needs Python 3.9 or later, and PyPI.
set -euo pipefail

requirement="terraform-compliance==1.16.0"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "$requirement"

# The tool accepts a plan only on one line, as Terraform prints it.
tr -d '\n' > "$work/plan.json" <<'PLAN'
{
  "format_version": "1.2",
  "terraform_version": "1.11.4",
  "planned_values": {"root_module": {"resources": [{
    "address": "terraform_data.unset", "mode": "managed", "type": "terraform_data", "name": "unset",
    "provider_name": "terraform.io/builtin/terraform", "schema_version": 0,
    "values": {"input": "x", "triggers_replace": null}, "sensitive_values": {}
  }]}},
  "resource_changes": [{
    "address": "terraform_data.unset", "mode": "managed", "type": "terraform_data", "name": "unset",
    "provider_name": "terraform.io/builtin/terraform",
    "change": {
      "actions": ["create"], "before": null, "after": {"input": "x", "triggers_replace": null},
      "after_unknown": {"id": true, "output": true}, "before_sensitive": false, "after_sensitive": {}
    }
  }],
  "configuration": {
    "provider_config": {"terraform": {"name": "terraform", "full_name": "terraform.io/builtin/terraform"}},
    "root_module": {"resources": [{
      "address": "terraform_data.unset", "mode": "managed", "type": "terraform_data", "name": "unset",
      "provider_config_key": "terraform", "expressions": {"input": {"constant_value": "x"}}, "schema_version": 0
    }]}
  }
}
PLAN

# Prints whether a step holds for the plan.
holds() {
    local features=$work/${1// /-}
    mkdir "$features"
    printf 'Feature: what is not set\n  Scenario: it\n    Given I have terraform_data defined\n    Then it %s triggers_replace\n' \
        "$1" > "$features/unset.feature"
    local result=fails
    "$work/venv/bin/terraform-compliance" --features "$features" --planfile "$work/plan.json" --no-ansi \
        > "$features/output" 2>&1 && result=holds
    grep -q "1 scenarios" "$features/output" || { cat "$features/output" >&2; echo "did not run"; return; }
    echo "$result"
}

contains=$(holds "must contain")
lacks=$(holds "must not contain")
echo "$requirement, on a plan in which triggers_replace is null:"
echo "  it must contain triggers_replace: $contains"
echo "  it must not contain triggers_replace: $lacks"
if [[ "$contains $lacks" != "holds fails" ]]; then
    echo "The behavior has changed: null now counts as not contained." >&2
    exit 1
fi
