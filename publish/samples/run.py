"""Runs the code samples of the contract, and prints what came of it: run.py OXHOST FOLDER.

Every cell of the table is a real run. Then each cell is shown a sample that is wrong, and must fail.
"""

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cells import CELLS, Subject
from programs import LANGUAGES, ORDERS, Programs, Wrong, need, samples

# For each cell a sample with a fault, in which the cell must not pass.
FAULTS = [
    ("order: charged once, told", "Go", {"response, err := client.Do(request)": "again, _ := http.NewRequest(\"POST\", url, "
     "strings.NewReader(wanted))\n\tagain.Header = request.Header\n\t_, _ = client.Do(again)\n\tresponse, err := client.Do(request)"}),
    ("order: charged once, told", "Python", {'"months": 3': '"months": 2'}),
    ("no balance: refused", "Python", {"return 1, f": "return 0, f"}),
    ("no balance: refused", "PHP", {"402, ": ""}),
    ("200 with success false: refused", "JavaScript", {" && (success ?? true) === true": "", "ok && order?.order_number": "ok",
     "${order.amount}: order ${order.order_number}": "${order}"}),
    ("wrong key: refused", "Shell", {"401, ": ""}),
    ("wrong key: refused", "PHP", {"nothing was charged: ": "nothing was charged with $key: "}),
    ("no key: nothing is sent", "JavaScript", {"!key": "false"}),
    ("broken key: not shown", "Python", {"type(failure).__name__": "failure"}),
    ("broken key: not shown", "JavaScript", {"failure.cause?.code ?? failure.name": "failure.message"}),
    ("reply lost after booking: unknown", "Python", {"    except Exception as failure:": "    except requests.JSONDecodeError as failure:"}),
    ("reply lost after booking: unknown", "Shell", {"--http1.1": "--http1.1 --retry 2 --retry-delay 1 --retry-all-errors"}),
    ("page after booking: unknown", "PHP", {" && is_array($reply)": "", "$reply += ": "$reply = [];\n    $reply += ",
     "$success = $reply['success'] ?? null": "$success = false"}),
    ("503 after booking: unknown", "Go", {"!yes && refusals[response.StatusCode]": "!yes"}),
    ("503 before booking: sent once", "Shell", {"curl -q": "curl"}),
    ("redirect: not followed", "Shell", {"curl -q": "curl"}),
    ("redirect: not followed", "JavaScript", {"redirect: 'manual'": "redirect: 'follow'"}),
    ("redirect: not followed", "Python", {"allow_redirects=False": "allow_redirects=True"}),
    ("redirect: not followed", "PHP", {"FOLLOWLOCATION => false": "FOLLOWLOCATION => true"}),
    ("redirect: not followed", "Go", {"return http.ErrUseLastResponse": "return nil"}),
    ("no reply: given up, key not in `ps`", "Shell", {"--header @-": "--header \"x-api-key: $OXHOST_API_KEY\""}),
    ("no reply: given up, key not in `ps`", "PHP", {"CURLOPT_TIMEOUT => 120": "CURLOPT_TIMEOUT => 12000"}),
    ("no connection: given up", "PHP", {"fail(2, ": "fail(0, "}),
    ("never surer than the library", "Python", {" and not error:": ":"}),
    ("never surer than the library", "Go", {"text, err := io.ReadAll(response.Body)": "var first json.RawMessage\n"
     "\terr = json.NewDecoder(response.Body).Decode(&first)\n\ttext := []byte(first)", "\t\"io\"\n": ""}),
]


def ports():
    """Free ones that no client is given as its own, so that they stay free between two servers."""
    for port in range(20000, 32000):
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port


def attempt(check, *what):
    """What is wrong, if anything is."""
    try:
        check(*what)
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"


def table(operation, subjects, workers):
    """Prints what came of each cell, and returns what is wrong."""
    columns = {subject.sample.language: subject for subject in subjects if subject.sample.operation == operation}
    # The library's word comes first: the others are held against it.
    attempt(CELLS["never surer than the library"], columns["Rust"])
    found = dict(zip(columns, workers.map(lambda it: {name: attempt(cell, it) for name, cell in CELLS.items()}, columns.values())))
    width = max(map(len, [operation, *CELLS]))
    print(f"{operation:{width}}  " + "  ".join(f"{language:10}" for language in LANGUAGES))
    for name in CELLS:
        print(f"{name:{width}}  " + "  ".join(f"{'FAILED' if found[it][name] else 'ok':10}" for it in LANGUAGES))
    print(flush=True)
    return [f"{operation}, {it}, {name}: {found[it][name]}" for it in LANGUAGES for name in CELLS if found[it][name]]


def incomplete(document):
    """A contract that lacks a sample is refused."""
    for operation in (item["post"] for item in document["paths"].values() if "post" in item):
        for number, sample in enumerate(operation["x-codeSamples"]):
            del operation["x-codeSamples"][number]
            need("missing" in (attempt(samples, document) or ""), f"not missed: {sample['lang']}")
            operation["x-codeSamples"].insert(number, sample)
    samples(document)


def main():
    oxhost, folder = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
    programs, free = Programs(folder, Path(__file__).parents[2].absolute()), ports()
    document = json.loads(subprocess.check_output([oxhost, "spec", "--format", "json"]))
    all_samples = samples(document)

    def subject(sample, name):
        port = next(free)
        return Subject(oxhost, sample, port, programs.build(name, sample, port),
                       programs.build(f"{name}_hasty", sample.hasty(), port))

    subjects = [subject(it, f"{it.operation}_{it.language}") for it in all_samples]
    print(f"{len(subjects)} samples compile, or pass their language's own check\n", flush=True)
    with ThreadPoolExecutor(3) as workers:
        wrong = [line for operation in ORDERS for line in table(operation, subjects, workers)]

        def spoilt(number):
            cell, language, changes = FAULTS[number]
            sample = next(it for it in all_samples if (it.language, it.operation) == (language, "renewPleskSubscription"))
            return attempt(CELLS[cell], faulty[number]) if sample else None

        faulty = []
        for number, (cell, language, changes) in enumerate(FAULTS):
            sample = next(it for it in all_samples if (it.language, it.operation) == (language, "renewPleskSubscription"))
            faulty.append(subject(sample.with_(changes), f"faulty_{number}"))
        for (cell, language, changes), fault in zip(FAULTS, workers.map(spoilt, range(len(FAULTS)))):
            print(f"faulty {language}, {cell}: " + (f"fails, {fault:.110}" if fault else "PASSES").replace("\n", " "))
            if not fault:
                wrong.append(f"passes with a fault: {language}, {cell}")
    unproved = set(CELLS) - {cell for cell, _, _ in FAULTS}
    need(not unproved, f"no fault shows that these can fail: {unproved}")
    fault = attempt(incomplete, document)
    print("a contract without one of the samples: " + (fault or "is refused"))
    wrong += [fault] if fault else []
    print()
    for line in wrong:
        print(line, file=sys.stderr)
    count = len(CELLS) * len(subjects) + len(FAULTS) + 1
    print(f"{count - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(bool(wrong))


main()
