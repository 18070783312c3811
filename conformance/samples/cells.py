"""What each code sample must do, each time on a new sandbox or server; the truth is its ledger."""

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from byte_server import HOST, ByteServer, closed_to_all, reply, wait_until_free
from programs import LANGUAGES, need

KEY = "sandbox-key"
PATIENCE = 20
USER, SERVER = "user12345-6789-0123-4567-890123456789", "server12345-6789-0123-4567-890123456789"
# Of each order: its path, its charge, what a program tells of it, a larger order that leaves less than
# that on the account, and the field of the reply that only an order has.
FACTS = {
    "renewPleskSubscription": (
        "/API/orders/create_order_scale_plesk",
        ("sub123-4567-8901-2345-678901234567", "29.97", 3),
        ("PLK_RENEW_20250320_123456", "29.97", "2025-07-01 10:00:00"),
        {"subscription_id": "sub123-4567-8901-2345-678901234567", "months": 9, "type_payment": "balance"},
        {"order": {"order_number": "PLK_1", "amount": "29.97"}},
    ),
    "extendServerHours": (
        "/API/orders/create_order",
        (SERVER, "0.02", 1),
        ("13587d01-c8cd-11f0-8cdf-525400792197", "0.02", "2026-02-19 15:40:31"),
        {"user_id": USER, "server_id": SERVER, "hours": 184505},
        {"order_id": "13587d01", "type": "renew_server", "amount": 0.02},
    ),
}


@dataclass
class Run:
    code: int
    stdout: str
    stderr: str
    lines: set  # The command lines of its processes, as others saw them.

    def ended(self, code, *words):
        told = f"exit {self.code}: {self.stdout}{self.stderr}"
        need(self.code == code, told)
        need(bool(self.stdout) == (code == 0) and bool(self.stderr) == (code != 0), f"on the wrong stream, {told}")
        for word in words:
            need(word in self.stdout + self.stderr, f"does not say {word!r}, {told}")
        may = any(f"may {have} charged" in self.stderr.lower() for have in ("have been", "be"))
        need(may == (code == 2), f"whether it may have been charged, {told}")


def processes(session):
    """The command lines of a session. Another user would see the same."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(process.name)) == session:
                yield (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            pass  # It has ended.


class Subject:
    """A sample that is built: as it stands, and with short timeouts."""

    def __init__(self, sandbox, sample, port, command, hasty):
        self.sandbox, self.sample, self.port, self.command, self.hasty = sandbox, sample, port, command, hasty
        self.url = f"http://{HOST}:{port}"
        self.shares = range(SHARES)
        self.path, self.charge, self.told, self.drain, self.proof = FACTS[sample.operation]

    @contextmanager
    def provider(self, *faults):
        wait_until_free(self.port)
        command = [self.sandbox, "-o", "json", "sandbox", "--listen", f"{HOST}:{self.port}"]
        command += [word for fault in faults for word in ("--fault", fault)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                said = ""
                while not said.endswith("}\n") and (line := process.stdout.readline()):
                    said += line
                need(json.loads(said or "{}").get("url") == self.url, f"the sandbox did not start: {said}")
                yield
            finally:
                process.terminate()

    def ledger(self):
        return json.load(urllib.request.urlopen(f"{self.url}/sandbox/ledger"))

    def run(self, key=KEY, hasty=False, patience=PATIENCE, watched=False):
        environment = os.environ | {"OXHOST_BASE_URL": self.url}
        environment |= {} if key is None else {"OXHOST_API_KEY": key}
        lines = set()
        with tempfile.TemporaryDirectory() as home:
            # Somebody's own settings, which would send the order and the key elsewhere.
            Path(home, ".curlrc").write_text("location\nretry = 2\nretry-delay = 1\nretry-all-errors\n")
            environment["HOME"] = home
            with subprocess.Popen(self.hasty if hasty else self.command, env=environment, cwd=home, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  start_new_session=True) as process:
                try:
                    end = time.monotonic() + patience
                    while watched and process.poll() is None and time.monotonic() < end:
                        lines |= set(processes(process.pid))
                        time.sleep(0.02)
                    stdout, stderr = process.communicate(timeout=max(0.1, end - time.monotonic()))
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    need(False, f"still running after {patience} s")
        need(not key or key not in stdout + stderr, "the key is shown")
        return Run(process.returncode, stdout, stderr, lines)

    def on(self, *faults, **how):
        """One run on a new sandbox: what the program told, and what it cost."""
        with self.provider(*faults):
            run = self.run(**how)
            ledger = self.ledger()
        need(ledger["faults"] == list(faults), f"met {ledger['faults']}")
        return run, ledger

    def sent_once(self, ledger, charges):
        """One request, the order, and so many charges."""
        requests = {name: count for name, count in ledger["requests"].items() if count}
        need(requests == {self.sample.operation: 1}, f"sent {requests}")
        need(len(ledger["charges"]) == charges, f"{len(ledger['charges'])} charges")
        need(ledger["contradictions"] == [], ledger["contradictions"])


def order(subject):
    run, ledger = subject.on()
    subject.sent_once(ledger, 1)
    charge = ledger["charges"][0]
    need((charge["target_id"], charge["amount"], charge["units"]) == subject.charge, f"charged {charge}")
    run.ended(0, "Charged", *subject.told)
    need("password" not in run.stdout, "shows more of the reply than it should")


def no_balance(subject):
    with subject.provider():
        url = subject.url + subject.path
        headers = {os.environ["KEY_HEADER"]: KEY, "content-type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(subject.drain).encode(), headers)).close()
        before = subject.ledger()
        run = subject.run()
        ledger = subject.ledger()
    need(ledger["charges"] == before["charges"] and len(ledger["charges"]) == 1, ledger["charges"])
    need(sum(ledger["requests"].values()) == 2, ledger["requests"])
    run.ended(1, "402", "Insufficient balance.")


def success_false(subject):
    run, ledger = subject.on("before:success-false")
    subject.sent_once(ledger, 0)
    run.ended(1, "200", "Something went wrong.")


def documented_failure(subject):
    """The one failing body that the provider documents has no `success`."""
    with ByteServer(subject.port) as server:
        server.answer = reply(404, json.dumps({"error": "Transaction not found", "data": {}}))
        subject.run().ended(1, "404", "Transaction not found")
        need(len(server.seen) == 1, f"sent {len(server.seen)} times")


def wrong_key(subject):
    run, ledger = subject.on(key="another-key")
    subject.sent_once(ledger, 0)
    run.ended(1, "401", "The API key is missing or wrong.")


def no_key(subject):
    for key in (None, ""):
        run, ledger = subject.on(key=key)
        need(not any(ledger["requests"].values()), ledger["requests"])
        run.ended(1, "Nothing was sent", "OXHOST_API_KEY")


def broken_key(subject):
    """Not shown, whatever the language does with it, and not charged."""
    run, ledger = subject.on(key="half-a-key\nthe-rest")
    need(run.code in (1, 2) and ledger["charges"] == [], f"exit {run.code}, {ledger['charges']}")
    need("half-a-key" not in run.stdout + run.stderr, "the key is shown")


def after_booking(*faults, word=None):
    def cell(subject):
        for fault in faults:
            run, ledger = subject.on(fault)
            subject.sent_once(ledger, 1)
            run.ended(2, *([word] if word else []))

    return cell


def before_booking(subject):
    run, ledger = subject.on("before:status=503+retry-after=0")
    subject.sent_once(ledger, 0)
    run.ended(2, "503")


def redirects(subject):
    for status in (301, 302, 303, 307, 308):
        with ByteServer() as other, ByteServer(subject.port) as server:
            other.answer = reply(200, json.dumps({"success": True, **subject.proof}))
            server.answer = reply(status, "{}", f"location: http://{HOST}:{other.port}{subject.path}")
            run = subject.run()
            need(len(server.seen) == 1, f"sent {len(server.seen)} times")
            need(other.seen == [], "the other host got a request")
            run.ended(2, str(status))


def no_reply(subject):
    """Books, and says nothing more; meanwhile all command lines are read."""
    for fault in ("after:hold", "after:stall@body"):
        run, ledger = subject.on(fault, hasty=True, watched=True)
        subject.sent_once(ledger, 1)
        run.ended(2)
        need(run.lines and not [line for line in run.lines if KEY in line], "the key is on a command line")
        shown = any("curl" in line and subject.path in line for line in run.lines)
        need(shown == (subject.sample.language == "Shell"), "the command lines were not read")


def no_connection(subject):
    code = 1 if subject.sample.language == "Rust" else 2  # The library can tell that nothing was sent.
    subject.run().ended(code)
    with closed_to_all(subject.port):
        subject.run(hasty=True).ended(code)


def with_order(reply, failed):
    """Refusals, each beside something that comes with an order: the charge may have been made."""
    no = {"success": False, "message": "no"}
    marks = {name: value for name, value in reply.items() if value and name not in ("success", "message")}
    yield from ({**no, name: value} for name, value in marks.items())
    name, value = next((name, value) for name, value in marks.items() if name.startswith("order"))
    mark = {name: value}
    yield from ({**no, **it} for it in (
        {name.upper(): value}, {name.title(): value}, {"data": mark}, {"details": {"first": mark}}, {"data": [mark]},
        {"data": [None, [mark]]}, {"data": {"data": {"data": {name.upper(): value}}}}, {"data": {"success": True}},
        {"SUCCESS": True}, {"data": [{"success": True}]}, {"data": [{"success": "maybe"}]},
        {"error": {"code": 402, **mark}}))
    start, mark, null = json.dumps(no)[:-1], json.dumps(mark)[1:-1], json.dumps({name: None})[1:-1]
    yield from (f"{start}, {members}}}" for members in (
        f"{mark}, {null}", f"{null}, {mark}", mark.replace('"o', '"\\u006f', 1), f'"data": {{{mark}}}, "data": null',
        '"success": true, "success": false', '"succes\\u0073": true'))


def with_no(reply, failed):
    """Orders that are not carried out, or beside which something says no: they may be charged or not."""
    name, states = failed["field"], failed["values"]

    def in_state(state):
        return {**reply, "order": {**reply["order"], name: state}} if "order" in reply else {**reply, name: state}

    yield from map(in_state, states)
    yield from map(in_state, (states[0].upper(), states[-1].title(), f" {states[0]} "))
    yield {"success": True, "data": in_state(states[0])}
    done, bad = (json.dumps(in_state(state)) for state in ("completed", states[0]))
    state = f'"{name}": "{states[0]}"'
    yield from (bad.replace(state, it) for it in (
        f'{state}, "{name}": "completed"', f'"{name}": "completed", {state}', state.replace(name, name.title()),
        state.replace(states[0], f"\\u{ord(states[0][0]):04x}{states[0][1:]}")))
    yield from ({**reply, **it} for it in (
        {"SUCCESS": False}, {"Success": "false"}, {"data": {"success": False}}, {"result": {"success": 0}},
        {"data": [{"success": False}]}, {"data": [{"deep": [[{"success": "maybe"}]]}]}, {"success": "TRUE"}))
    yield from (f"{done[:-1]}, {it}}}" for it in ('"success": false', '"succes\\u0073": false'))
    yield f'{{"success": false, {done[1:]}'


def hard_to_read(text):
    """What is no JSON object in UTF-8, or is one and something else."""
    data = text.encode()
    yield from (f"Warning: x in y.php on line 1\n{text}", f"<br />\n{text}", f"{text}x", f"{text}\n<!-- 0.1 s -->",
                text + text, f"{text}\n{text}", f"{text} {{}}", f"[{text}]", f"[[{text}]]", json.dumps(text),
                f"{text},", f"({text})", f"cb({text})", f"//\n{text}", f")]}}',\n{text}", text[:-1], text[:-2], text[1:],
                text.replace("{", '{"x": NaN, ', 1), text.replace("{", '{"message": NaN, ', 1),
                text.replace("{", '{"code": 01, ', 1), text.replace("{", '{"message": "a\tb", ', 1), f"{text[:-1]},}}",
                text.replace('"', "'"), f"\ufeff{text}", f"\ufeff\ufeff{text}", f"x\ufeff{text}", f"\0{text}", f"{text}\0",
                text.replace("true", "TRUE").replace("false", "FALSE"))
    yield from (text.encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"))
    yield from (b"\xfe\xff" + text.encode("utf-16-be"), b"\xff" + data, data + b"\xff",
                data.replace(b"{", b'{"message": "\xff", ', 1), data.replace(b"{", b'{"x": "\xff", ', 1),
                data.replace(b"{", b'{"me\xffssage": 1, ', 1))


def as_sure_as_the_library(subject):
    """No sample knows more than the library, which is the sample in Rust: it says the same, or unknown."""
    proof, shapes = subject.proof, (subject.sample.reply, subject.sample.failed)
    name = next(iter(proof))
    bodies = [{"success": flag, **proof} for flag in (True, False, None, 0, 1, "false", "maybe", [])]
    bodies += [{"success": flag, "message": "no"} for flag in (True, False, None, 0, 1, "0", "maybe")]
    bodies += [proof, {**proof, "error": "no"}, {"success": False, "data": proof},
               {"success": True, "data": proof}, {"data": {"success": False, "message": "no"}},
               {"success": False, name: {}}, {name: {}}, {name: None},
               {"error": "Transaction not found", "data": {}}, {"success": True, **proof, "data": []},
               {"success": False, **proof, "data": {"success": True}}, {}, [], [proof], None, "no", 1]
    replies = [(200, json.dumps(body)) for body in bodies]
    replies += [(200, text) for text in ("", "<p>", "OK", json.dumps({"success": True, **proof}) + "x", "{")]
    failure, lie = json.dumps({"success": False, "message": "no"}), json.dumps({"success": True, **proof})
    replies += [(status, failure) for status in (201, 204, 300, 304, 400, 402, 403, 404, 405, 406, 408, 409, 410, 413,
                                                 415, 418, 422, 423, 425, 429, 451, 499, 500, 502, 599)]
    replies += [(status, lie) for status in (201, 299, 302, 400, 402, 409, 500)]
    replies += [(400, json.dumps(body)) for body in bodies[2::3]]
    replies += [(status, text) for status in (400, 401, 404, 503) for text in ("", "<p>no</p>")]
    replies += [(status, text) for status in (200, 402) for text in hard_to_read(failure)]
    replies += [(200, text) for text in hard_to_read(json.dumps(subject.sample.reply))]
    # Of these the library is sure to be unsure.
    unsure = len(replies)
    replies += [(status, body) for status in (402, 200) for body in with_order(*shapes)]
    replies += [(200, body) for body in with_no(*shapes)]
    doubtful = range(unsure, len(replies))
    replies = [(status, body if isinstance(body, (str, bytes)) else json.dumps(body)) for status, body in replies]
    head = b"HTTP/1.1 200 OK\r\n"
    raw = [b"", b"What?\r\n\r\n", head + b"\r\n", head + b"content-length: 900\r\n\r\n" + lie.encode()]
    need(set(subject.shares) & set(range(SHARES)), "it is asked nothing")
    with ByteServer(subject.port) as server:
        for number, answer in enumerate([reply(*it) for it in replies] + raw):
            if number % SHARES not in subject.shares:
                continue
            server.answer, before = answer, len(server.seen)
            # Node's fetch is known to forget an answer, once in a thousand: then it is the limit that ends it.
            code = subject.run(hasty=subject.sample.language == "JavaScript").code
            known = LIBRARY.setdefault((subject.sample.operation, number), code)
            need(code in (known, 2), f"exit {code} where the library has {known}: {answer!r}")
            need(code == 2 or number not in doubtful, f"exit {code}, which nobody can know: {answer!r}")
            need(len(server.seen) == before + 1, f"sent again after {answer!r}")
    codes = {LIBRARY[key] for key in LIBRARY if key[0] == subject.sample.operation}
    need(codes == {0, 1, 2}, f"the library only has {codes}")


# Each language but Rust is asked its share of the answers, and together they are asked all.
SHARES = len(LANGUAGES) - 1

# What the library made of each answer. The sample in Rust is the first that is asked.
LIBRARY = {}

CELLS = {
    "order: charged once, told": order,
    "no balance: refused": no_balance,
    "200 with success false: refused": success_false,
    "documented failure: refused": documented_failure,
    "wrong key: refused": wrong_key,
    "no key: nothing is sent": no_key,
    "broken key: not shown": broken_key,
    "reply lost after booking: unknown": after_booking(
        "after:close-reply@0", "after:reset-reply@12", "after:close-reply@body"),
    "page after booking: unknown": after_booking("after:html", "after:php-warning", "after:empty", word="200"),
    "503 after booking: unknown": after_booking("after:status=503+html", "after:status=503+retry-after=0", word="503"),
    "503 before booking: sent once": before_booking,
    "redirect: not followed": redirects,
    "no reply: given up, key not in `ps`": no_reply,
    "no connection: given up": no_connection,
    "never surer than the library": as_sure_as_the_library,
}
