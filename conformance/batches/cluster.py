"""PostgreSQL servers of a test's own, and the address under which workers know them."""

import atexit
import glob
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
from threading import Thread

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


class Way:
    """Leads connections to a port, until it is cut: then nothing passes any more, and nobody is told."""

    def __init__(self, to):
        self.to, self.is_cut, self.open = to, False, []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                near.close()
                continue
            self.open += [near, far]
            for source, target in [(near, far), (far, near)]:
                Thread(target=self.carry, args=(source, target), daemon=True).start()

    def carry(self, source, target):
        try:
            while data := source.recv(65536):
                if self.is_cut:
                    return
                target.sendall(data)
        except OSError:
            pass
        if not self.is_cut:
            for end in (source, target):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def cut(self):
        self.is_cut = True

    def lead(self, to):
        """Leads there from now on. Who was cut off before is told so."""
        self.is_cut, self.to, before, self.open = False, to, self.open, []
        for end in before:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
