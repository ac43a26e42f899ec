#!/usr/bin/env python3
"""terraform-compliance 1.16.0: an argument that nobody set is one that a resource "contains".

The JSON of a plan has every attribute of a resource, with null for what is not set. `it must not contain X`
looks for the name alone, so that a policy such as "no stored passwords" fails for a resource without one,
and `it must contain X` holds for a resource that lacks it.

Needs Python 3.9 or later, and PyPI.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import venv

REQUIREMENT = "terraform-compliance==1.16.0"

# What Terraform 1.11.4 prints for `resource "terraform_data" "unset" { input = "x" }`, less the times.
VALUES = {"input": "x", "triggers_replace": None}
RESOURCE = {
    "address": "terraform_data.unset",
    "mode": "managed",
    "type": "terraform_data",
    "name": "unset",
}
PROVIDER = {"provider_name": "terraform.io/builtin/terraform"}
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "planned_values": {
        "root_module": {
            "resources": [
                RESOURCE
                | PROVIDER
                | {"schema_version": 0, "values": VALUES, "sensitive_values": {}}
            ]
        }
    },
    "resource_changes": [
        RESOURCE
        | PROVIDER
        | {
            "change": {
                "actions": ["create"],
                "before": None,
                "after": VALUES,
                "after_unknown": {"id": True, "output": True},
                "before_sensitive": False,
                "after_sensitive": {},
            }
        }
    ],
    "configuration": {
        "provider_config": {
            "terraform": {
                "name": "terraform",
                "full_name": "terraform.io/builtin/terraform",
            }
        },
        "root_module": {
            "resources": [
                RESOURCE
                | {
                    "provider_config_key": "terraform",
                    "expressions": {"input": {"constant_value": "x"}},
                    "schema_version": 0,
                }
            ]
        },
    },
}

SCENARIO = """Feature: what is not set
  Scenario: {step}
    Given I have terraform_data defined
    Then it {step} triggers_replace
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", REQUIREMENT], check=True)
        seen = {step: holds(python, folder, step) for step in ("must contain", "must not contain")}
    print(f"{REQUIREMENT}, on a plan in which triggers_replace is null:")
    for step, result in seen.items():
        print(f"  it {step} triggers_replace: {'holds' if result else 'fails'}")
    if seen != {"must contain": True, "must not contain": False}:
        sys.exit("this is not what was found: null counts as not contained now")


def holds(python, folder, step):
    """Whether a scenario with this step holds for the plan."""
    work = folder / step.replace(" ", "-")
    (work / "features").mkdir(parents=True)
    (work / "features" / "unset.feature").write_text(SCENARIO.format(step=step))
    (work / "plan.json").write_text(json.dumps(PLAN))
    tool = python.with_name("terraform-compliance")
    command = [tool, "--features", work / "features", "--planfile", work / "plan.json", "--no-ansi"]
    run = subprocess.run(command, capture_output=True, text=True)
    if "1 scenarios" not in run.stdout:
        sys.exit(f"the tool did not run:\n{run.stdout}{run.stderr}")
    return run.returncode == 0


main()
