"""Peers that are not people: what a browser sends, the responses to it, and how to make sure that it was quick."""

import base64
import hashlib
import socket
import time

from harness import GREETING, SOON

# The response of a build without the page for browsers.
PAGE_TEXT = b"This is the chat server Marcel, not a web page. Join it with nc or telnet.\r\n"
PAGE = (b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(PAGE_TEXT)) + PAGE_TEXT

NOT_POST = (b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Connection: close\r\n\r\nOnly GET and HEAD are understood here.\n")

# What a form on a malicious page makes its visitor's browser send.
BODY = b"/nick evil\r\nevil is said\r\n/join #evil\r\n"
HEAD = (b"POST /chat HTTP/1.1\r\nHost: localhost:50000\r\nContent-Type: text/plain\r\nOrigin: http://evil.example\r\n"
        b"Cookie: session=evil\r\nContent-Length: %d\r\n\r\n" % len(BODY))
REQUEST = HEAD + BODY

ALERT = b"\x15\x03\x03\x00\x02\x02\x46"  # fatal, protocol_version: RFC 8446 section 6

# A peer that sends within this time does not count as a person; on a busy machine it may take several tries.
AT_ONCE_S = 0.015

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = base64.b64encode(hashlib.sha1(f"{KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()


def get(target="/", method="GET", host="localhost", **fields):
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n"
    return (head + "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()) + "\r\n").encode()


def handshake(host, **fields):
    return get("/ws", host=host, Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Version=13,
               Sec_WebSocket_Key=KEY, **fields)


def parse(answer):
    """Status, header fields and body of a response."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    return int(status.split()[1]), {name.lower(): value for name, value in (f.split(": ", 1) for f in fields)}, body


def everything(connection):
    """What the server sends until it closes; a reset raises an exception."""
    got = b""
    while data := connection.recv(65536):
        got += data
    return got


def exchange(address, pieces, pause_s=0.0):
    """Connects and sends; returns the response, and the time until the first piece was sent."""
    start = time.monotonic()
    with socket.create_connection(address, SOON) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, piece in enumerate(pieces):
            if number > 0:
                time.sleep(pause_s)
            try:
                connection.sendall(piece)
            except BrokenPipeError:
                break  # the server has answered and closed
            if number == 0:
                took_s = time.monotonic() - start
        return everything(connection), took_s


def exchange_at_once(address, pieces, pause_s=0.0):
    """The same, repeated until the first piece was sent at once and the server did not take the peer for a person."""
    deadline = time.monotonic() + SOON
    while True:
        answer, took_s = exchange(address, pieces, pause_s)
        if took_s < AT_ONCE_S and not answer.startswith(GREETING.encode()):
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"nothing can be sent at once here: {took_s:.3f} s, and {answer!r}")
