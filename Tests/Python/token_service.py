#!/usr/bin/env python3
"""A token service for docker-registry: token_service.py KEY CERTIFICATE PORT_FILE LOG.

Gives anybody who may pull a token for what is asked below `open/`, and to user `berth` with password `secret` for all;
anybody else is refused. Each request is a line of LOG: the scopes, and who asked. `GET /token` and the OAuth `POST /token`
with the refresh token `fresh` are understood.
"""

import base64
import http.server
import json
import re
import subprocess
import sys
import time
import urllib.parse

key, certificate, port_file, log = sys.argv[1:5]
chain = re.search("-----BEGIN CERTIFICATE-----(.*?)-----END", open(certificate).read(), re.S)[1]
chain = "".join(chain.split())


def encoded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(user, access):
    now = int(time.time())
    head = {"typ": "JWT", "alg": "RS256", "x5c": [chain]}
    claims = {"iss": "berth-test", "aud": "registry", "sub": user, "exp": now + 60, "nbf": now - 5, "iat": now,
              "jti": str(time.time_ns()), "access": access}
    text = encoded(json.dumps(head).encode()) + "." + encoded(json.dumps(claims).encode())
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), capture_output=True, check=True)
    return text + "." + encoded(signed.stdout)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, document):
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        items = urllib.parse.parse_qs(body)
        user = "berth" if items.get("refresh_token") == ["fresh"] else ""
        if items.get("grant_type") == ["password"] and items.get("username") == ["berth"] and items.get("password") == ["secret"]:
            user = "berth"
        if not user:
            return self.answer(401, {"details": "incorrect username or password"})
        self.give(user, items, "access_token")

    def do_GET(self):
        items = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        given, user = self.headers.get("Authorization", ""), ""
        if given:
            name, _, password = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")
            if (name, password) != ("berth", "secret"):
                return self.answer(401, {"details": "incorrect username or password"})
            user = name
        self.give(user, items, "token")

    def give(self, user, items, name):
        access = []
        for scope in " ".join(items.get("scope", [])).split():
            kind, repository, actions = scope.rsplit(":", 2)
            allowed = actions.split(",")
            if not user:
                allowed = [each for each in allowed if each == "pull"] if repository.startswith("open/") else []
            access.append({"type": kind, "name": repository, "actions": allowed})
        with open(log, "a") as file:
            file.write(f"{user or '-'} {' '.join(items.get('scope', ['-']))}\n")
        self.answer(200, {name: token(user, access), "expires_in": 60})


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_address[1]))
import os
os.rename(port_file + ".new", port_file)
server.serve_forever()
