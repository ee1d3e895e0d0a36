#!/usr/bin/env python3
"""Stands between an engine and a plain registry: registry_relay.py UPSTREAM PORT_FILE LOG RULES.

Each request is a line of LOG once it is answered: method, path, the range asked for or "-", status, bytes of the body
that went out. RULES is a JSON file that is read again for each request, a list of {"path": part of the path, "after":
bytes, "do": "cut" | "stall" | "slow", "times": how often}; "slow" sends a megabyte in "seconds".
"""

import http.client
import http.server
import json
import os
import sys
import threading
import time

upstream, port_file, log, rules = sys.argv[1:5]
used = {}
lock = threading.Lock()


def rule_for(path):
    try:
        listed = json.load(open(rules))
    except (OSError, ValueError):
        return None
    for number, rule in enumerate(listed):
        name = json.dumps(rule)
        with lock:
            if rule["path"] in path and used.get(name, 0) < rule.get("times", 1 << 30):
                used[name] = used.get(name, 0) + 1
                return rule
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def relay(self):
        rule = rule_for(self.path) if self.command == "GET" else None
        length = self.headers.get("Content-Length")
        if length is not None:
            body = self.rfile.read(int(length))
        elif self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    break
        else:
            body = None
        connection = http.client.HTTPConnection(upstream)
        kept = {name: value for name, value in self.headers.items()
                if name.lower() not in ("connection", "transfer-encoding", "content-length")}
        connection.request(self.command, self.path, body, kept)
        answer = connection.getresponse()
        sent = 0
        try:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "server", "date"):
                    self.send_header(name, value)
            self.end_headers()
            while self.command != "HEAD":
                part = answer.read(65536)
                if not part:
                    break
                if rule and rule["do"] in ("cut", "stall") and sent + len(part) > rule["after"]:
                    self.wfile.write(part[:rule["after"] - sent])
                    sent = rule["after"]
                    self.wfile.flush()
                    if rule["do"] == "stall":
                        time.sleep(rule.get("seconds", 600))
                    self.close_connection = True
                    break
                self.wfile.write(part)
                sent += len(part)
                if rule and rule["do"] == "slow":
                    time.sleep(rule["seconds"] * len(part) / (1 << 20))
        except OSError:
            self.close_connection = True
        finally:
            connection.close()
            with lock, open(log, "a") as file:
                file.write(f"{self.command} {self.path} {self.headers.get('Range', '-')} {answer.status} {sent}\n")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = relay


http.server.ThreadingHTTPServer.daemon_threads = True
http.server.ThreadingHTTPServer.request_queue_size = 64
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
