"""Runs the code samples of the contract, and prints what came of it: run.py OXHOST FOLDER.

Every cell of the table is a real run. Then each cell is shown a sample that is wrong, and must fail.
"""

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from byte_server import HOST
from cells import CELLS, Subject
from programs import LANGUAGES, ORDERS, Programs, need, samples

# For each cell a sample with a fault, in which the cell must not pass, and why it does not.
FAULTS = [
    ("order: charged once, told", "Go", {
        "response, err := client.Do(request)": """again, _ := http.NewRequest("POST", url, strings.NewReader(wanted))
	again.Header = request.Header
	_, _ = client.Do(again)
	response, err := client.Do(request)""",
    }, "sent {'renewPleskSubscription': 2}"),
    ("order: charged once, told", "Python", {'"months": 3': '"months": 2'}, "charged {"),
    ("no balance: refused", "Python", {"return 1, f": "return 0, f"}, "exit 0"),
    ("no balance: refused", "PHP", {"402, ": ""}, "exit 2"),
    ("200 with success false: refused", "JavaScript", {
        "ok && success === true && order?.order_number && !failed.test(text) && !disputed.test(text)": "ok",
        "${order.amount}: order ${order.order_number}": "${order}",
    }, "exit 0"),
    ("documented failure: refused", "Go", {"reply.Message+reply.Error": "reply.Message"}, "does not say"),
    ("wrong key: refused", "Shell", {"401, ": ""}, "exit 2"),
    ("wrong key: refused", "PHP", {"nothing was charged: ": "nothing was charged with $key: "}, "the key is shown"),
    ("no key: nothing is sent", "JavaScript", {"!key": "false"}, "'renewPleskSubscription': 1"),
    ("broken key: not shown", "Python", {"type(failure).__name__": "failure"}, "the key is shown"),
    ("broken key: not shown", "JavaScript", {
        "failure.cause?.code ?? failure.name": "failure.message",
    }, "the key is shown"),
    ("reply lost after booking: unknown", "Python", {
        "except Exception as": "except requests.JSONDecodeError as",
    }, "exit 1"),
    ("reply lost after booking: unknown", "Shell", {
        "--http1.1": "--http1.1 --retry 2 --retry-delay 1 --retry-all-errors",
    }, "met ['after:close-reply@0', 'after:close-reply@0'"),
    ("page after booking: unknown", "PHP", {
        " && is_array($reply)": "",
        "$reply += ": "$reply = [];\n    $reply += ",
        "$success = $reply['success'] ?? null": "$success = false",
        r"preg_match('/^\s*\{[\s{}[\],]{0,60}$/', (string) preg_replace(NO, '', $text))": "true",
    }, "exit 1"),
    ("503 after booking: unknown", "Go", {
        "!ok && refusals[response.StatusCode]": "!ok",
        "rest.Match(no.ReplaceAll(text, nil))": "true",
    }, "exit 1"),
    ("503 before booking: sent once", "Shell", {"curl -q": "curl"}, "met ['before:status=503+retry-after=0', 'before"),
    ("redirect: not followed", "Shell", {"curl -q": "curl"}, "the other host got a request"),
    ("redirect: not followed", "JavaScript", {"'manual'": "'follow'"}, "the other host got a request"),
    ("redirect: not followed", "Python", {"redirects=False": "redirects=True"}, "the other host got a request"),
    ("redirect: not followed", "PHP", {"LOCATION => false": "LOCATION => true"}, "the other host got a request"),
    ("redirect: not followed", "Go", {"return http.ErrUseLastResponse": "return nil"}, "the other host got a request"),
    ("no reply: given up, key not in `ps`", "Shell", {
        "--header @-": f'--header "{os.environ["KEY_HEADER"]}: $OXHOST_API_KEY"',
    }, "the key is on a command line"),
    ("no reply: given up, key not in `ps`", "PHP", {"_TIMEOUT => 1,": "_TIMEOUT => 1000,"}, "still running"),
    ("no connection: given up", "PHP", {"fail(2, ": "fail(0, "}, "exit 0"),
    ("never surer than the library", "Python", {
        "success is True and not re.search(DISPUTED, text, re.I)": "success is True",
    }, "exit 0 where the library has 2"),
    ("never surer than the library", "Python", {", parse_constant=int": ""}, "exit 0 where the library has 2"),
    ("never surer than the library", "JavaScript", {" && !failed.test(text)": ""}, "exit 0 where the library has 2"),
    ("never surer than the library", "PHP", {"(message|error|code|data)": r"(\w+)"}, "exit 1 where the library has 2"),
    ("never surer than the library", "Shell", {r"tr '\000' '?'": "cat"}, "exit 1 where the library has 2"),
    ("never surer than the library", "Shell", {"try fromjson catch null else null end": "fromjson? else fromjson? end"},
     "exit 0 where the library has 2"),
    ("never surer than the library", "Go", {
        "text, err := io.ReadAll(response.Body)": """var text json.RawMessage
	err = json.NewDecoder(response.Body).Decode(&text)""",
        '\t"io"\n': "",
    }, "exit 0 where the library has 2"),
]


def ports():
    """Free ones that no client is given as its own, so that they stay free between two servers."""
    for port in range(20000, 32000):
        with socket.socket() as trial:
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
        yield port


def attempt(check, *what):
    """What is wrong, if anything is."""
    try:
        check(*what)
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"


def record(language, cell, passed):
    """For the table of all languages, where that is wanted."""
    if runs := os.environ.get("OXHOST_RUNS"):
        with open(runs, "a") as file:
            print(json.dumps({"language": language, "kind": "sample", "cell": cell, "passed": passed}), file=file)


def table(operation, subjects, workers):
    """Prints what came of each cell, and returns what is wrong."""
    columns = {subject.sample.language: subject for subject in subjects if subject.sample.operation == operation}
    # The library's word comes first: the others are held against it.
    attempt(CELLS["never surer than the library"], columns["Rust"])
    runs = workers.map(lambda it: {name: attempt(cell, it) for name, cell in CELLS.items()}, columns.values())
    found = dict(zip(columns, runs, strict=True))
    width = max(map(len, [operation, *CELLS]))
    print(f"{operation:{width}}  " + "  ".join(f"{language:10}" for language in LANGUAGES))
    for name in CELLS:
        print(f"{name:{width}}  " + "  ".join(f"{'FAILED' if found[it][name] else 'ok':10}" for it in LANGUAGES))
        for it in LANGUAGES:
            record(it, name, not found[it][name])
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
    for name in [name for name in os.environ if "proxy" in name.lower()]:
        del os.environ[name]  # Nothing leaves this machine.
    oxhost, folder = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
    programs, free = Programs(folder, Path(__file__).parents[2].absolute()), ports()
    lock = Lock()
    document = json.loads(subprocess.check_output([oxhost, "spec", "--format", "json"]))
    all_samples = samples(document)

    def next_port():
        with lock:
            return next(free)

    def subject(sample, name):
        port = next_port()
        return Subject(oxhost, sample, port, programs.build(name, sample, port),
                       programs.build(f"{name}_hasty", sample.hasty(), port))

    subjects = [subject(it, f"{it.operation}_{it.language}") for it in all_samples]
    if "OXHOST_ALL_ANSWERS" not in os.environ:
        for it in subjects:
            if it.sample.language != "Rust":
                it.shares = [[language for language in LANGUAGES if language != "Rust"].index(it.sample.language)]
    print(f"{len(subjects)} samples compile, or pass their language's own check\n", flush=True)
    with ThreadPoolExecutor(3) as workers:
        wrong = [line for operation in ORDERS for line in table(operation, subjects, workers)]

        def spoilt(numbered):
            number, (cell, language, changes, _) = numbered
            renewals = (it for it in all_samples if it.operation == "renewPleskSubscription")
            sample = next(it for it in renewals if it.language == language)
            sample = (sample.hasty() if "given up" in cell else sample).with_(changes)
            port = next_port()
            command = programs.build(f"faulty_{number}", sample, port)
            return attempt(CELLS[cell], Subject(oxhost, sample, port, command, command))

        for (cell, language, changes, why), fault in zip(FAULTS, workers.map(spoilt, enumerate(FAULTS)), strict=True):
            print(f"faulty {language}, {cell}: " + (f"fails, {fault:.110}" if fault else "PASSES").replace("\n", " "))
            if why not in (fault or ""):
                wrong.append(f"faulty {language}, {cell}, {changes}: not {why!r} but {fault}")
    unproved = set(CELLS) - {cell for cell, *_ in FAULTS}
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
