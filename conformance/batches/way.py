"""An address that leads to another, and can be cut off, led elsewhere, or lose answers on the way."""

import socket
import time
from threading import Thread


class Way:
    """Leads connections to a port. `loses` says, of an order that is passing, whether its answer gets lost."""

    def __init__(self, to, loses=lambda: False):
        self.to, self.loses, self.is_cut, self.open = to, loses, False, []
        # When orders passed, and how many answers were lost.
        self.orders, self.lost = [], 0
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
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open.append((near, far))
            Thread(target=self.connect, args=(near, far), daemon=True).start()

    def connect(self, near, far):
        loses = []
        back = Thread(target=self.carry, args=(far, near, loses, False), daemon=True)
        back.start()
        self.carry(near, far, loses, True)
        back.join()
        # One that is cut stays open, for nobody is told, until it is led elsewhere.
        if not self.is_cut and (near, far) in self.open:
            self.open.remove((near, far))
            close(near, far)

    def carry(self, source, target, loses, is_request):
        try:
            while data := source.recv(65536):
                if self.is_cut:
                    # Nothing passes, and nobody is told.
                    return
                if is_request and data.startswith(b"POST "):
                    self.orders.append(time.monotonic())
                    if self.loses():
                        self.lost += 1
                        loses.append(True)
                elif not is_request and loses:
                    break
                target.sendall(data)
        except OSError:
            pass
        if not self.is_cut:
            end(source, target)

    def cut(self):
        self.is_cut = True

    def lead(self, to):
        """Leads there from now on. Who was cut off before is told so."""
        self.is_cut, self.to, before, self.open = False, to, self.open, []
        for near, far in before:
            end(near, far)
            close(near, far)


def end(*ends):
    for it in ends:
        try:
            it.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def close(*ends):
    for it in ends:
        it.close()
