"""PostgreSQL servers of a test's own, and the address under which workers know them."""

import atexit
import glob
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from way import Way

PROGRAMS = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Server:
    """One server, in a folder of its own."""

    def __init__(self, cluster, name):
        self.folder, self.port = cluster.folder / name, free_port()
        self.log = cluster.folder / f"{name}.log"

    def control(self, *what):
        subprocess.run(
            [*as_postgres(), f"{PROGRAMS}/pg_ctl", "-D", self.folder, *what],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self):
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -p {self.port}"
        self.control("-w", "-l", self.log, "-o", options, "start")

    def stop(self, how):
        self.control("-m", how, "stop")

    def promote(self):
        self.control("-w", "promote")

    def ask(self, sql):
        command = [f"{PROGRAMS}/psql", "-qAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", sql]
        return subprocess.run([*as_postgres(), *command], check=True, capture_output=True, text=True).stdout.strip()


def as_postgres():
    """The servers do not run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


class Cluster:
    """A primary, a standby if one is wanted, and an address that leads to either."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.folder.chmod(0o777)
        self.primary, self.standby = Server(self, "primary"), None
        atexit.register(self.close)
        subprocess.run(
            [*as_postgres(), f"{PROGRAMS}/initdb", "-D", self.primary.folder, "-U", "postgres", "--auth=trust"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.primary.start()
        self.way = Way(self.primary.port)
        self.url = f"postgres://postgres@127.0.0.1:{self.way.port}/postgres?sslmode=disable"

    def add_standby(self, synchronous):
        self.standby = Server(self, "standby")
        source = f"host=127.0.0.1 port={self.primary.port} user=postgres application_name=standby"
        subprocess.run(
            [*as_postgres(), f"{PROGRAMS}/pg_basebackup", "-R", "-D", self.standby.folder, "-d", source], check=True
        )
        self.standby.start()
        if synchronous:
            self.primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.primary.ask("SELECT pg_reload_conf()")
        while self.primary.ask("SELECT sync_state FROM pg_stat_replication") != ("sync" if synchronous else "async"):
            pass

    def close(self):
        for server in filter(None, [self.standby, self.primary]):
            subprocess.run(
                [*as_postgres(), f"{PROGRAMS}/pg_ctl", "-D", server.folder, "-m", "immediate", "stop"],
                capture_output=True,
                check=False,
            )
        shutil.rmtree(self.folder, ignore_errors=True)
