"""Batches in which everything goes wrong: chaos.py OXHOST [SCENARIO…].

Each row is charged once, whatever happens; the sandbox counts. The environment makes it larger:
ROWS (300) of each batch and KILLS (6) of workers. With WAIT=1 the batch is worked on to its end, which takes the
minutes after which it can be believed that an order without an answer was not placed; else such rows may be left
unknown.
"""

import atexit
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from cluster import Cluster
from way import Way

ROWS, KILLS, WAIT = int(os.environ.get("ROWS", "300")), int(os.environ.get("KILLS", "6")), "WAIT" in os.environ
SEED = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
PATIENCE = 3600 if WAIT else 120
USER = "user12345-6789-0123-4567-890123456789"
oxhost = sys.argv[1]


class Scene:
    """A provider, a journal, and a batch in it that nobody has begun."""

    def __init__(self, journal=None, loses=lambda: False):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.journal = journal or str(self.folder / "journal.db")
        command = [oxhost, "-o", "json", "sandbox", "--targets", str(ROWS)]
        self.sandbox = subprocess.Popen(command, stdout=subprocess.PIPE)
        announced = json.JSONDecoder().raw_decode(self.greeting())[0]
        self.url = announced["url"]
        self.way = Way(int(self.url.rpartition(":")[2]), loses)
        self.environment = os.environ | {
            "OXHOST_BASE_URL": f"http://127.0.0.1:{self.way.port}",
            "OXHOST_API_KEY": announced["api_key"],
            "OXHOST_JOURNAL": self.journal,
        }
        atexit.register(self.close)
        self.rows = self.folder / "rows.csv"
        lines = [self.row(number) for number in range(1, ROWS + 1)]
        self.rows.write_text("\n".join(["kind,target,months,hours,user", *lines]))

    def greeting(self):
        text = b""
        while not text.rstrip().endswith(b"}"):
            text += self.sandbox.stdout.readline()
        return text.decode()

    @staticmethod
    def row(number):
        if number % 4 == 0:
            return f"server_extend,server-{number},,1,{USER}"
        return f"plesk_renew,subscription-{number},1,,"

    def worker(self, *more):
        """Runs the batch, as anyone would from anywhere; the first one writes its rows down."""
        command = [oxhost, "batch", "run", self.rows, "--batch", "all", "-y", "--concurrency", "16", "--timeout", "5"]
        words = tempfile.TemporaryFile("w+")
        worker = subprocess.Popen([*command, *more], env=self.environment, stdout=words, stderr=subprocess.STDOUT)
        worker.words = words
        atexit.register(worker.kill)
        return worker

    def totals(self):
        command = [oxhost, "-o", "json", "batch", "status", "all"]
        status = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False).stdout
        batches = json.loads(status or "{}").get("batches")
        return batches[0]["totals"] if batches else {}

    def report(self, state):
        command = [oxhost, "batch", "report", "all", "--format", "jsonl"]
        lines = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False).stdout
        return "\n".join(line for line in lines.splitlines() if json.loads(line)["state"] == state)

    def ledger(self):
        with urllib.request.urlopen(self.url + "/sandbox/ledger") as reply:
            return json.load(reply)

    def posts(self):
        requests = self.ledger()["requests"]
        return requests["renewPleskSubscription"] + requests["extendServerHours"]

    def finish(self):
        """Works on it to the end, and once more; gives the totals."""
        worker = self.worker()
        until(lambda: worker.poll() is not None or (not WAIT and self.is_begun()), PATIENCE)
        leave(worker)
        totals, ledger = self.totals(), self.ledger()
        targets = [charge["target_id"] for charge in ledger["charges"]]
        check(len(targets) == len(set(targets)), "a target was charged twice")
        accepted, unknown = totals["accepted"], totals["unknown"]
        check(accepted + unknown == ROWS, f"neither accepted nor unknown: {totals}\n{worker.said}")
        check(accepted <= len(targets) <= accepted + unknown, f"{len(targets)} charges, {totals}")
        check(not WAIT or len(targets) == ROWS, f"not all were charged: {totals}\n{self.report('unknown')}")
        posts = self.posts()
        worker = self.worker()
        until(lambda: worker.poll() is not None, 2, must=False)
        leave(worker)
        check(self.posts() == posts, "the second run sent something")
        return f"{len(targets)} charges, {posts} orders sent, {unknown} left unknown, second run 0"

    def is_begun(self):
        totals = self.totals()
        return bool(totals) and totals["accepted"] + totals["unknown"] == ROWS

    def close(self):
        self.sandbox.kill()
        self.sandbox.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def check(holds, why):
    if not holds:
        raise SystemExit(f"seed {SEED}: {why}")


def until(condition, seconds, must=True):
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            check(not must, f"not within {seconds} s")
            return
        time.sleep(0.1)


def leave(worker):
    """As with Ctrl-C, and again if that takes long; keeps what it said."""
    for _ in range(2):
        if worker.poll() is None:
            worker.send_signal(signal.SIGINT)
        try:
            worker.wait(15)
            break
        except subprocess.TimeoutExpired:
            pass
    worker.words.seek(0)
    worker.said = worker.words.read()


def kills():
    """One worker on a file, killed again and again."""
    scene, killed = Scene(), 0
    while killed < KILLS:
        worker = scene.worker()
        time.sleep(chance.uniform(0.02, 0.4))
        killed += worker.poll() is None
        worker.kill()
        worker.wait()
    print(f"kills: {killed} of one worker: {scene.finish()}")


def workers():
    """Eight workers on one server: one is killed every second, one stands still for longer than its lease."""
    cluster = Cluster()
    scene = Scene(cluster.url)
    all_of_them, killed = [scene.worker() for _ in range(8)], 0
    stopped = all_of_them.pop()
    stopped.send_signal(signal.SIGSTOP)
    stood = time.monotonic()
    while killed < KILLS:
        time.sleep(1)
        worker = all_of_them.pop(chance.randrange(len(all_of_them)))
        killed += worker.poll() is None
        worker.kill()
        worker.wait()
        all_of_them.append(scene.worker())
    until(lambda: time.monotonic() - stood > 17, 60)
    stopped.send_signal(signal.SIGCONT)
    until(scene.is_begun, 600)
    for worker in [*all_of_them, stopped]:
        leave(worker)
    print(f"workers: 8 on one server, {killed} killed, one stopped for 17 s: {scene.finish()}")


def broken(name, deed, mend=lambda _: None, standby=False):
    """The server goes away in the middle, for two workers."""
    cluster = Cluster()
    if standby:
        cluster.add_standby(synchronous=True)
    scene = Scene(cluster.url)
    both = [scene.worker("--rate", str(ROWS / 6)) for _ in range(2)]
    until(lambda: scene.totals().get("accepted", 0) > ROWS / 6, 60)
    deed(cluster)
    for worker in both:
        until(lambda worker=worker: worker.poll() is not None, 120)
        leave(worker)
        words = worker.said.strip().splitlines()
        check(worker.returncode == 0 or "batch resume all" in words[-1], f"how does it go on?\n{worker.said}")
        print(f"{name}: a worker ended with {worker.returncode}: {words[-2:]}")
    mend(cluster)
    print(f"{name}: {scene.finish()}")


def restart():
    def deed(cluster):
        cluster.primary.stop("fast")
        cluster.primary.start()

    broken("restart", deed)


def cut():
    broken("cut", lambda cluster: cluster.way.cut(), lambda cluster: cluster.way.lead(cluster.primary.port))


def promotion():
    def deed(cluster):
        cluster.primary.stop("immediate")
        cluster.standby.promote()
        cluster.way.lead(cluster.standby.port)

    broken("promotion", deed, standby=True)


def lost():
    """One answer in fifty does not arrive. Nothing is ordered again, and all is found out."""
    scene = Scene(loses=lambda: chance.random() < 0.02)
    worker = scene.worker("--max-unknown", "20")
    until(lambda: worker.poll() is not None or (not WAIT and scene.is_begun()), PATIENCE)
    # What shows is found at once.
    until(lambda: worker.poll() is not None, 10, must=False)
    leave(worker)
    totals = scene.totals()
    check(totals["accepted"] + totals["unknown"] == ROWS, f"{totals}")
    print(f"lost: {totals['unknown']} handed to a person: {scene.report('unknown')}")
    check(scene.posts() == ROWS, "an order was sent again")
    check(ROWS < 300 or scene.way.lost > 0, "no answer was lost")
    print(f"lost: {scene.way.lost} answers: {scene.finish()}")


def rate():
    """Four workers on one server keep a rate together."""
    seconds, wanted = (60, 20) if WAIT else (6, 20)
    cluster = Cluster()
    scene = Scene(cluster.url)
    four = [scene.worker("--rate", str(wanted)) for _ in range(4)]
    until(lambda: len(scene.way.orders) > 0, 30)
    time.sleep(seconds)
    first, *_ = orders = sorted(scene.way.orders)
    orders = [it - first for it in orders if it - first < seconds]
    for worker in four:
        leave(worker)
    burst = max(sum(1 for it in orders if at <= it < at + 1) for at in orders)
    print(f"rate: {len(orders)} orders in {seconds} s at {wanted}/s, {burst} in the worst second")
    check(0.95 * wanted * seconds <= len(orders) <= 1.05 * wanted * seconds, "not the rate")
    # An order may be late on its way, and the next one be punctual.
    check(burst <= 1.1 * wanted, "a burst")


def asynchronous():
    """What an asynchronous standby may lose is said before anything is sent."""
    cluster = Cluster()
    cluster.add_standby(synchronous=False)
    scene = Scene(cluster.url)
    worker = scene.worker()
    worker.wait(PATIENCE)
    leave(worker)
    check("warning: the journal's server has a standby that it does not wait for" in worker.said, worker.said)
    print(f"asynchronous: {worker.said.splitlines()[0]}")


def forgotten():
    """Whether the counting finds what it looks for: without its journal, a batch is charged again."""
    scene = Scene()
    for _ in range(2):
        worker = scene.worker()
        worker.wait(PATIENCE)
        for file in scene.folder.glob("journal.db*"):
            file.unlink()
    try:
        scene.finish()
    except SystemExit as found:
        check("charged twice" in str(found), str(found))
        print("forgotten: what is charged twice is found")
    else:
        check(False, "what was charged twice was not found")


scenarios = {it.__name__: it for it in [kills, workers, lost, rate, restart, cut, promotion, asynchronous, forgotten]}
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
print(f"{ROWS} rows, seed {SEED}", flush=True)
chance = random.Random(SEED)
for wanted in sys.argv[2:] or scenarios:
    scenarios[wanted]()
