"""A proxy that deforms what passes, to show that a check finds it: proxy.py DEFORMITY URL [KEY]."""

import http.client
import json
import os
import re
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

KEY_HEADER = os.environ["KEY_HEADER"]
SURPRISE = {"deep": [1, "x", None]}


def surprise(body):
    for member in [body, *body.values()]:
        if isinstance(member, dict):
            member["surprise"] = SURPRISE
    return body


def wrong_types(body):
    return {name: "no" if isinstance(value, (dict, list)) else value for name, value in body.items()}


# What is made of the body of each reply, as JSON.
BODIES = {"surprise": surprise, "wrong-types": wrong_types}
# As text, for Python would not write this number.
LONG = "100000000000000000.01"
KINDS = [*BODIES, "mute", "long-number", "twice", "any-key", "lax"]


def start(kind, upstream, key=""):
    """Starts one that runs until the program ends, and returns its URL."""
    assert kind in KINDS, kind

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self):
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "connection")}
            if kind == "any-key":
                headers = {n: v for n, v in headers.items() if n.lower() != KEY_HEADER.lower()} | {KEY_HEADER: key}
            for _ in range(2 if kind == "twice" and self.command == "POST" else 1):
                connection = http.client.HTTPConnection(upstream.removeprefix("http://"))
                connection.request(self.command, self.path, sent, headers)
                reply = connection.getresponse()
                body = reply.read()
            status = reply.status
            if kind == "lax" and 400 <= status < 500:
                status, body = 200, b'{"success": true}'
            if kind == "mute":
                body = b"{}"
            if kind == "long-number":
                body = re.sub(rb'("amount":)("29.97"|0.02)', rb"\g<1>" + LONG.encode(), body)
            if kind in BODIES and body:
                body = json.dumps(BODIES[kind](json.loads(body))).encode()
            self.send_response(status)
            for name, value in reply.getheaders():
                if name.lower() not in ("content-length", "date", "server"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = do_TRACE = pass_on

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


if __name__ == "__main__":
    print(json.dumps({"url": start(*sys.argv[1:])}), flush=True)
    signal.pause()
