"""Drives the clients against the sandbox, each call on a new one, and prints what came of it.

table.py SANDBOX DIRECTORY. What is the same for all clients is a cell that passes or fails. Where they
may differ, the run must find what README.md says of them.
"""

import json
import os
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import proxy

HERE = Path(__file__).parent

KEY = "sandbox-key"
USER = "user12345-6789-0123-4567-890123456789"
SUBSCRIPTION = "sub123-4567-8901-2345-678901234567"
SERVER = "server12345-6789-0123-4567-890123456789"
ORDER = "order12345-6789-0123-4567-890123456789"
ORDERS = {
    "plesk-order": ("renewPleskSubscription", SUBSCRIPTION, "29.97", 3),
    "server-order": ("extendServerHours", SERVER, "0.02", 1),
}
READS = {
    "plesk-subscription": ("getPleskSubscription", SUBSCRIPTION),
    "orders-of-user": ("listOrders", USER),
    "order": ("listOrders", ORDER),
    "user": ("getUser", USER),
}


class Wrong(Exception):
    """A cell fails."""


def need(holds, what):
    if not holds:
        raise Wrong(what)


@contextmanager
def started(*faults):
    command = [SANDBOX, "-o", "json", "sandbox", "--listen", "127.0.0.1:0"]
    command += [word for fault in faults for word in ("--fault", fault)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            text = ""
            for line in process.stdout:
                text += line
                if line == "}\n":
                    break
            yield json.loads(text)["url"]
        finally:
            process.terminate()


class Client:
    def __init__(self, language, command, sabotage=None):
        self.language, self.command, self.sabotage = language, command, sabotage

    def call(self, call, id, manner="default", fault=None, deformity=None, key=KEY):
        """One call on a new sandbox: what the client told, and the ledger."""
        with started(*([fault] if fault else [])) as sandbox:
            deformity = self.sabotage or deformity
            url = proxy.start(deformity, sandbox) if deformity else sandbox
            environment = os.environ | {"OXHOST_URL": url, "OXHOST_KEY": key, "OXHOST_USER": USER}
            run = subprocess.run([*self.command, call, id, manner], check=False, env=environment, timeout=60,
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True)
            ledger = json.load(urllib.request.urlopen(f"{sandbox}/sandbox/ledger"))
        need(run.returncode == 0 and not run.stderr, f"exit {run.returncode}: {run.stderr[-300:]}")
        need(ledger["contradictions"] == [], ledger["contradictions"])
        told = json.loads(run.stdout)
        # Clients differ in whether a refusal's body is still text.
        if isinstance(told["body"], str) and told["body"].startswith("{"):
            told["body"] = json.loads(told["body"])
        return told, ledger

    def order(self, call, **how):
        operation, id, _, _ = ORDERS[call]
        told, ledger = self.call(call, id, **how)
        return told, ledger["charges"], ledger["requests"][operation]


def order_id(body):
    return body.get("order_id", (body.get("order") or {}).get("id"))


def placed(call):
    def cell(client):
        told, charges, requests = client.order(call)
        need(requests == 1 and len(charges) == 1, f"{requests} requests, {len(charges)} charges")
        booked = tuple(charges[0][name] for name in ("operation", "target_id", "amount", "units"))
        need(booked == ORDERS[call], f"booked {booked}")
        body = told["body"]
        need((told["told"], told["status"], body.get("success")) == ("answer", 200, True), told)
        need(order_id(body) == charges[0]["order_id"], told)
        return "ok"

    return cell


def read(call):
    def cell(client):
        operation, id = READS[call]
        told, ledger = client.call(call, id)
        need((told["told"], told["status"]) == ("answer", 200), told)
        need(ledger["requests"][operation] == 1, ledger["requests"])
        body = told["body"]
        thing = body["data"][0] if operation == "listOrders" else body.get("user") or body["subscription"]
        need(body.get("success") is True and (thing["id"] == id or thing["user_id"] == id), told)
        return "ok"

    return cell


def refusals(client):
    for call, (_, id, _, _) in ORDERS.items():
        for message, status, how in [
            ("The API key is missing or wrong.", 401, dict(id=id, key="wrong")),
            ("Unknown", 404, dict(id="unknown")),
            ("Something went wrong.", 200, dict(id=id, fault="before:success-false")),
        ]:
            told, ledger = client.call(call, **how)
            need(told["told"] == ("answer" if status == 200 else "refusal") and told["status"] == status, told)
            need(told["body"].get("success") is False and told["body"]["message"].startswith(message), told)
            need(ledger["charges"] == [], ledger)
    return "ok"


def odd_statuses(*statuses):
    def cell(client):
        found = set()
        for status in statuses:
            told, charges, requests = client.order("server-order", fault=f"before:status={status}")
            need((charges, requests) == ([], 1), f"{requests} requests")
            if told["told"] == "failure":
                found.add("lost")
            else:
                need(told["told"] == ("answer" if status < 300 else "refusal"), told)
                need(told["status"] == status and told["body"].get("success") is False, told)
                found.add("told")
        need(len(found) == 1, found)
        return found.pop()

    return cell


def odd_shapes(client):
    """Values of other types, null, and fields that nobody listed: the answer arrives, and with it the order."""
    for call in ORDERS:
        for shape in ("nulls", "nulls=all", "retype=strings", "retype=numbers", "retype=flags", "retype=words", "extra"):
            told, charges, requests = client.order(call, fault=f"after:{shape}")
            need(requests == 1 and len(charges) == 1, f"{shape}: {requests} requests, {len(charges)} charges")
            need((told["told"], told["status"]) == ("answer", 200), f"{shape}: {told}")
            body = told["body"]
            if not shape.startswith("nulls"):
                need(order_id(body) == charges[0]["order_id"], f"{shape}: {told}")
    return "ok"


def unknown_fields(client):
    found = set()
    for call in ORDERS:
        told, _, _ = client.order(call, deformity="surprise")
        body = told["body"]
        need(told["status"] == 200 and body.get("success") is True, told)
        for part in (body, body.get("order") or body["server_status"]):
            found.add("kept" if part.get("surprise") == proxy.SURPRISE else "dropped")
    need(len(found) == 1, found)
    return found.pop()


def absent_fields(client):
    """In the reply, `password` is null, `cpu` is null and has no type, and `message` is missing."""
    body = client.order("server-order")[0]["body"]
    need(body.get("success") is True, body)
    body |= {"cpu": body["server_status"]["cpu"]} if "cpu" in body["server_status"] else {}
    shown = tuple(name in body for name in ("password", "cpu", "message"))
    need(all(body.get(name) is None for name in ("password", "cpu", "message")), body)
    return {(True, True, False): "told apart", (True, True, True): "both null",
            (True, False, False): "apart if typed"}[shown]


def repeats(client):
    """The order is sent once, and none of these is told as a success."""
    for call, (operation, id, _, _) in ORDERS.items():
        for fault in ("before:status=503+retry-after=0", "before:close-reply@0", "before:reset-request@0",
                      "before:close-request@9", "after:close-reply@0", "after:reset-reply@12",
                      "after:status=503+html"):
            told, ledger = client.call(call, id, fault=fault)
            # A request that is cut off is none to the ledger, but meets the fault.
            need(ledger["faults"] == [fault], f"sent {len(ledger['faults'])} times: {fault}")
            need(ledger["requests"][operation] == ("request" not in fault), f"{fault}: {ledger['requests']}")
            need(len(ledger["charges"]) == fault.startswith("after"), f"{fault}: {ledger['charges']}")
            need(told["told"] != "answer", f"{fault}: {told}")
    return "never"


def redirects(manner):
    def cell(client):
        found = set()
        for call in ORDERS:
            told, charges, requests = client.order(call, manner=manner, fault="before:redirect=307+other")
            need(requests == 1, f"{requests} requests")
            if charges:
                found.add("followed")
            else:
                # Without the key, the other host would have answered 401.
                need(told["status"] in (307, None), told)
                found.add("not followed")
        need(len(found) == 1, found)
        return found.pop()

    return cell


def error_page(client):
    told, _, _ = client.order("plesk-order", fault="after:status=503+html")
    need(told["told"] != "answer", told)
    return "told" if told["status"] == 503 and "<" in str(told["body"]) else "lost"


def money(client):
    """Whether strings stay strings, and how exact numbers are."""
    body = client.order("server-order")[0]["body"]
    need((body.get("amount"), body.get("balance_before")) == (0.02, "3328.78"), body)
    body = client.order("plesk-order", deformity="long-number")[0]["body"]
    need(body.get("success") is True, body)
    need(body["order"]["amount"] == float(proxy.LONG), body)
    return "binary float"


CELLS = {
    "Plesk order": placed("plesk-order"),
    "server order": placed("server-order"),
    "subscription": read("plesk-subscription"),
    "orders of a user": read("orders-of-user"),
    "one order": read("order"),
    "user": read("user"),
    "refusals": refusals,
    "odd shapes": odd_shapes,
}
# Each is a row of the table in README.md.
FACTS = {
    "An order is repeated": repeats,
    "A redirected order, by default": redirects("default"),
    "A redirected order, set up as below": redirects("strict"),
    "A status that is not documented (202, 418)": odd_statuses(202, 418),
    "A status that has no name (299, 599)": odd_statuses(299, 599),
    "Unknown fields": unknown_fields,
    "Null and missing fields": absent_fields,
    "An error page's status and text": error_page,
    "Money that comes as a number": money,
}
# For each cell a proxy with which it must not pass.
SABOTAGE = {
    **dict.fromkeys(["Plesk order", "server order", "An order is repeated"], "twice"),
    **dict.fromkeys(["A redirected order, by default", "A redirected order, set up as below"], "twice"),
    **dict.fromkeys(["subscription", "orders of a user", "one order", "user"], "wrong-types"),
    **dict.fromkeys(["refusals", "odd shapes"], "mute"),
    **dict.fromkeys(["Unknown fields", "Null and missing fields", "An error page's status and text"], "mute"),
    **dict.fromkeys([name for name in FACTS if name.startswith("A status")], "mute"),
    "Money that comes as a number": "mute",
}


def claims():
    """The rows of the table in README.md, as {row: {language: claim}}."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in (HERE / "README.md").read_text().splitlines() if line.startswith("|")]
    languages = next(row for row in rows if "Go" in row)[1:]
    return {row[0]: dict(zip(languages, row[1:], strict=True)) for row in rows if row[0] in FACTS}


def check(name, client):
    """What to print, and whether it is right."""
    try:
        found = (CELLS | FACTS)[name](client)
        claim = "ok" if name in CELLS else claims()[name][client.language]
        return found, None if found == claim else f"README.md says {claim}, the run {found}"
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def record(language, cell, passed):
    """For the table of all languages, where that is wanted."""
    if runs := os.environ.get("OXHOST_RUNS"):
        with open(runs, "a") as file:
            print(json.dumps({"language": language, "kind": "client", "cell": cell, "passed": passed}), file=file)


def show(title, names, clients):
    width = max(map(len, [title, *names]))
    print(f"{title:{width}}  " + "  ".join(f"{client.language:12}" for client in clients))
    wrong = []
    with ThreadPoolExecutor(4) as workers:
        for name in names:
            results = zip(clients, workers.map(partial(check, name), clients), strict=True)
            print(f"{name:{width}}", end="", flush=True)
            for client, (found, fault) in results:
                print(f"  {'FAILED' if fault else found:12}", end="", flush=True)
                record(client.language, name, not fault)
                if fault:
                    wrong.append(f"{client.language}, {name}: {fault}")
            print()
    print()
    return wrong


def main():
    clients = [Client(language, command) for language, command in COMMANDS.items()]
    wrong = show("the same for all", CELLS, clients) + show("as README.md says", FACTS, clients)

    # The table can fail: no row passes behind a proxy that spoils what it is about.
    cells = len(CELLS | FACTS)
    for name in CELLS | FACTS:
        _, fault = check(name, Client("Go", COMMANDS["Go"], SABOTAGE[name]))
        print(f"spoilt by '{SABOTAGE[name]}', {name} " + (f"fails: {fault:.90}" if fault else "PASSES"))
        if not fault:
            wrong.append(f"{name} passes behind the proxy '{SABOTAGE[name]}'")
    print()
    for line in wrong:
        print(line, file=sys.stderr)
    count = cells * (len(clients) + 1)
    print(f"{count - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(bool(wrong))


SANDBOX, BUILT = sys.argv[1], Path(sys.argv[2])
COMMANDS = {
    "TypeScript": ["node", BUILT / "typescript/main.mjs"],
    "Zod": ["node", BUILT / "zod/main.mjs"],
    "Python": [sys.executable, BUILT / "python/main.py"],
    "attrs": [sys.executable, BUILT / "attrs/main.py"],
    "PHP": ["php", BUILT / "php/main.php"],
    "Go": [BUILT / "go/main"],
}
main()
