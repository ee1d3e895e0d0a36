#!/usr/bin/env python3
"""An index of repositories as Docker Hub has one (GET /v1/search), and a web server: search_index.py PORT_FILE LOG FOLDER.

No registry that could be run has the search any more. Each request is a line of LOG; other paths are files of FOLDER.
"""

import base64
import http.server
import json
import os
import sys
import urllib.parse

port_file, log, folder = sys.argv[1:4]
KNOWN = [
    ("busybox", "Busybox base image.", 3000, True),
    ("someone/busybox", "A busybox of somebody's own,\nwith a description that is longer than a table has room for", 12, False),
    ("other/busybox-tools", "", 0, False),
]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        login = self.headers.get("Authorization", "-")
        if login.startswith("Basic "):
            login = base64.b64decode(login[6:]).decode()
        with open(log, "a") as file:
            file.write(f"{self.path} {login}\n")
        if parts.path == "/v1/_ping":
            self.answer(200, b'{"standalone": true}', "application/json")
        elif parts.path == "/v1/search":
            query = dict(urllib.parse.parse_qsl(parts.query))
            found = [
                {"name": name, "description": text, "star_count": stars, "is_official": official, "is_automated": True}
                for name, text, stars, official in KNOWN if query.get("q", "") in name][:int(query.get("n", 25))]
            self.answer(200, json.dumps({
                "num_results": len(found), "num_pages": 1, "page": 1, "page_size": 25, "query": query.get("q", ""),
                "results": found}).encode(), "application/json")
        else:
            try:
                with open(os.path.join(folder, os.path.basename(parts.path)), "rb") as file:
                    self.answer(200, file.read(), "application/octet-stream")
            except OSError:
                self.answer(404, b"no such file\n", "text/plain")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
