#!/usr/bin/env python3
"""tfplugindocs 0.22.0: a schema from a file is found only if the provider is HashiCorp's.

`tfplugindocs validate --providers-schema FILE` takes what `terraform providers schema -json` prints. There the
key of a provider is its address, such as `registry.terraform.io/acme/demo`. The tool looks for
`registry.terraform.io/hashicorp/NAME` and for the bare name, so that it finds the schema of no provider of
anybody else, without an option that says whose it is. Renaming the key in the file helps.

Needs Python 3.9 or later, Go 1.24 or later, and the Go module proxy.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

MODULE = "github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs@v0.22.0"

# A provider without resources.
SCHEMA = {"provider": {"version": 0, "block": {"description_kind": "plain"}}}

INDEX = """---
page_title: "demo Provider"
description: |-
  Nothing.
---

# demo Provider
"""


def main():
    if not shutil.which("go"):
        sys.exit("this needs Go")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        environment = os.environ | {"GOBIN": str(folder / "bin")}
        subprocess.run(["go", "install", MODULE], check=True, env=environment)
        tool = folder / "bin" / ("tfplugindocs.exe" if sys.platform == "win32" else "tfplugindocs")
        (folder / "docs").mkdir()
        (folder / "docs" / "index.md").write_text(INDEX)
        seen = {}
        for owner in ("acme", "hashicorp"):
            address = f"registry.terraform.io/{owner}/demo"
            schemas = {"format_version": "1.0", "provider_schemas": {address: SCHEMA}}
            (folder / "schema.json").write_text(json.dumps(schemas))
            command = [tool, "validate", "--provider-name", "terraform-provider-demo"]
            command += ["--provider-dir", folder, "--providers-schema", folder / "schema.json"]
            run = subprocess.run(command, capture_output=True, text=True)
            lines = (run.stdout + run.stderr).splitlines()
            errors = [line for line in lines if "unable to find schema" in line]
            seen[address] = (run.returncode == 0, errors)
    print(MODULE)
    for address, (success, errors) in seen.items():
        print(f"  {address}: {'valid' if success else 'refused'} {' '.join(errors)}")
    (acme, errors), (hashicorp, none) = seen.values()
    if acme or not errors or not hashicorp or none:
        sys.exit("this is not what was found: the schemas of others are found now")


main()
