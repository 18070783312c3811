"""Prints language by language what was run: languages.py FILE, where FILE has a line of JSON for each run."""

import json
import sys
from pathlib import Path

# The cells of the two tables that make one of this.
COLUMNS = {
    ("sample", "order"): ["order: charged once, told"],
    ("sample", "refusal"): ["no balance: refused", "200 with success false: refused",
                           "documented failure: refused", "wrong key: refused"],
    ("client", "order"): ["Plesk order", "server order"],
    ("client", "refusal"): ["refusals"],
    ("client", "read"): ["subscription", "orders of a user", "one order", "user"],
}
runs = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
languages = dict.fromkeys(run["language"] for run in runs)


def cell(language, kind, names):
    """Whether all of these were run and went well; `-` where the language has no sample or client."""
    if not any((run["language"], run["kind"]) == (language, kind) for run in runs):
        return "-"
    found = {run["cell"]: [] for run in runs}
    for run in runs:
        if (run["language"], run["kind"]) == (language, kind):
            found[run["cell"]].append(run["passed"])
    passed = [passed for name in names for passed in found.get(name, []) or [False]]
    return f"ok ({len(passed)})" if all(passed) else "FAILED"


titles = [f"{kind}: {what}" for kind, what in COLUMNS]
print(f"{'':12}" + "".join(f"{title:18}" for title in titles))
wrong = False
for language in languages:
    cells = [cell(language, kind, names) for (kind, _), names in COLUMNS.items()]
    wrong |= "FAILED" in cells or set(cells) == {"-"}
    print(f"{language:12}" + "".join(f"{cell:18}" for cell in cells))
print(f"{len(runs)} runs are behind this table")
sys.exit(wrong)
