"""Writes each fenced block of a document to a file of the name that stands behind its language.

python blocks.py DOCUMENT FOLDER OLD=NEW...: with each OLD in them replaced, which must stand in some block.
"""

import re
import sys
from pathlib import Path

document, folder = Path(sys.argv[1]), Path(sys.argv[2])
places = [pair.split("=", 1) for pair in sys.argv[3:]]
seen = set()
for fence in re.finditer(r"^```(.*)\n((?:(?!```).*\n)*)```$", document.read_text(), re.MULTILINE):
    info, text = fence.group(1).split(), fence.group(2)
    if len(info) != 2:
        sys.exit(f"a block has no name behind its language: ```{fence.group(1)}")
    file = folder / info[1]
    if file.exists():
        sys.exit(f"two blocks have the name {info[1]}")
    for old, new in places:
        if old in text:
            seen.add(old)
            text = text.replace(old, new)
    file.write_text(text)
for old, _ in places:
    if old not in seen:
        sys.exit(f"no block has {old}")
