"""Where the programs send their orders, and a server there that answers whatever a test wants."""

import os
import socket
import time
from contextlib import contextmanager
from threading import Thread

# Of this process alone, so that two runs at a time do not meet. Linux has all of 127.0.0.0/8.
HOST = f"127.{64 + (os.getpid() >> 16)}.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"


def reply(status, body, *headers):
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} Whatever", "content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "connection: close", *headers, "", ""]).encode() + body


def wait_until_free(port):
    """A program that another thread starts has our sockets, too, until it runs: so long a port is taken."""
    end = time.monotonic() + 20
    while True:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return trial.bind((HOST, port))
            except OSError:
                if time.monotonic() > end:
                    raise
        time.sleep(0.02)


class ByteServer:
    """Answers each request with the same bytes, and keeps what it was sent."""

    def __init__(self, port=0):
        self.answer, self.seen = b"", []
        wait_until_free(port)
        self.listener = socket.create_server((HOST, port))
        self.port = self.listener.getsockname()[1]
        self.thread = Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                seen = b""
                while not whole(seen) and (more := connection.recv(65536)):
                    seen += more
                self.seen.append(seen)
                connection.sendall(self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        # As long as it accepts, the port is taken.
        self.thread.join(timeout=20)


def whole(request):
    head, found, body = request.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(found) and len(body) >= int(lengths[0] if lengths else 0)


@contextmanager
def closed_to_all(port):
    """Somebody listens, and takes no connection: the queue is full, and more are not answered."""
    wait_until_free(port)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(0)
        waiting = []
        try:
            while True:
                waiting.append(socket.create_connection((HOST, port), timeout=0.2))
                assert len(waiting) < 9, "the queue does not fill"
        except TimeoutError:
            yield
        finally:
            for connection in waiting:
                connection.close()
