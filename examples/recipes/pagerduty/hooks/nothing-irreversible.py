#!/usr/bin/env python3
"""Blocks commands that destroy data or remove protection.

The context comes as JSON on standard input. All of it is searched, wherever the command stands in it.
"""

import json
import re
import sys

AZ = r"\baz(\s+[a-z][a-z0-9-]*){1,4}\s+"
FORBIDDEN = {
    AZ + r"(delete|purge|deallocate)\b": "it deletes, or frees what may not be had back",
    AZ + r"(regenerate|regenerate-key|renew)\b": "it invalidates keys in use",
    r"\baz\s+cosmosdb\s+failover-": "a failover can lose writes",
    r"\baz\s+lock\s+update\b": "it changes a lock",
    r"\baz\s+role\s+assignment\b": "it changes who may do what",
    r"\brm\s+-[a-z]*[rf]|\bdrop\s+(table|database)\b|\bmkfs\b": "it deletes inside the machine",
}

context = sys.stdin.read().lower()
for pattern, why in FORBIDDEN.items():
    if re.search(pattern, context):
        print(json.dumps({"decision": "block", "reason": f"Ask the person on call to do this: {why}."}))
        break
else:
    print(json.dumps({"decision": "allow"}))
