"""Attaches to a container over a WebSocket, by the socket alone: websocket.py SOCKET CONTAINER."""

import base64
import os
import socket
import struct
import sys


class Attached:
    def __init__(self, path, container, query):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (
                f"GET /v1.51/containers/{container}/attach/ws?{query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        self.input = self.socket.makefile("rb")
        self.status = self.input.readline().decode().strip()
        while self.input.readline() not in (b"\r\n", b""):
            pass

    def send(self, opcode, payload, final=True, mask=True):
        head = bytes([(0x80 if final else 0) | opcode])
        bit = 0x80 if mask else 0
        if len(payload) < 126:
            head += bytes([bit | len(payload)])
        elif len(payload) < 65536:
            head += bytes([bit | 126]) + struct.pack(">H", len(payload))
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
        if mask:
            key = os.urandom(4)
            payload = bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
            head += key
        self.socket.sendall(head + payload)

    def receive(self):
        head = self.input.read(2)
        if not head:
            return None, b""
        length = head[1] & 127
        if length == 126:
            length = struct.unpack(">H", self.input.read(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.input.read(8))[0]
        return head[0] & 15, self.input.read(length)

    def bytes(self, count):
        data = b""
        while len(data) < count:
            opcode, payload = self.receive()
            assert opcode == 2, (opcode, payload)
            data += payload
        return data


def main(path, echo, talker):
    whole = "stream=1&stdin=1&stdout=1&stderr=1"
    client = Attached(path, echo, whole)
    assert client.status == "HTTP/1.1 101 Switching Protocols", client.status
    client.send(2, b"hello\n")
    assert client.bytes(6) == b"hello\n"
    client.send(1, b"in ", final=False)
    client.send(9, b"are you there")
    client.send(0, b"parts\n")
    answers = [client.receive(), client.receive()]
    assert (10, b"are you there") in answers, answers
    assert (2, b"in parts\n") in answers or (2, b"in ") in answers, answers
    if (2, b"in ") in answers:
        assert client.bytes(6) == b"parts\n"
    big = bytes(33 + index % 90 for index in range(200_000))
    client.send(2, big)
    assert client.bytes(len(big)) == big
    client.send(2, b"unmasked", mask=False)
    assert client.receive() == (8, b"\x03\xea")

    client = Attached(path, echo, whole)
    client.send(8, struct.pack(">H", 1000))
    assert client.receive() == (8, b"\x03\xe8")
    assert client.receive()[0] is None

    client = Attached(path, talker, "logs=1&stdout=1&stderr=1")
    assert client.bytes(8) == b"out\nerr\n"
    assert client.receive() == (8, b"\x03\xe8")

    client = Attached(path, "nosuch", whole)
    assert client.status == "HTTP/1.1 404 Not Found", client.status
    print("all well")


main(*sys.argv[1:])
