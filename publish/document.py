"""Prints the contract of one host as JSON: document.py HOST. Generators mislead where an operation
names its own server, so that each host gets a document with one server."""

import json
import sys
from pathlib import Path

import yaml

document = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text())
servers = [{"url": f"https://{sys.argv[1]}"}]
for item in document["paths"].values():
    for method in [method for method, call in item.items() if call.pop("servers") != servers]:
        del item[method]
document["paths"] = {path: item for path, item in document["paths"].items() if item}
assert document["paths"], "no such host"
json.dump({**document, "servers": servers}, sys.stdout)
