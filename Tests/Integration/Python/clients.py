"""Clients that behave badly, and one that behaves well and must be served.

Usage: clients.py CLEWD slow|many|descriptors|deaf

slow: 200 clients that send one byte a second, of their headers or their body, while the good one sends at speed.
many: 10 000 connections at once on each port in turn, of which some send half a request; then they are gone.
descriptors: more connections than the collector may have files open.
deaf: clients that send requests without end and never read an answer.
"""

import contextlib
import os
import resource
import selectors
import socket
import struct
import sys
import time

from faults import PATIENCE, Batch, Clewd, Failure, Ledger, Load, check, eventually, run

# Far above what an idle collector needs (50 MB in a debug build), far below what one buffer for each client would be.
MAXIMUM_RESIDENT = 400 << 20
SLOW, MANY, FEW_FILES, DEAF = 200, 10_000, 150, 20
HELPERS = 5


def address(clewd, port):
    host, _, number = clewd.addresses[port].rpartition(":")
    return host, int(number)


def expect_bounded(clewd):
    if not clewd.is_running:
        raise Failure(f"clewd ended: {clewd.errors}")
    peak = clewd.resident("VmHWM")
    check([f"{peak >> 20} MiB were resident"] if peak > MAXIMUM_RESIDENT else [], "the memory")
    return peak


def expect_served(clewd, ledger, goal=50):
    """A good client on new connections is served; tried again while connections of others are being closed."""
    acknowledged = sum(batch.acknowledged for batch in ledger.batches)

    def send():
        ledger.send(clewd.otlp(timeout=10), Batch("good"))
        return sum(batch.acknowledged for batch in ledger.batches) >= acknowledged + goal

    eventually("the good client is served", send)
    check(ledger.problems(clewd), "the good client's spans")


# MARK: slow


def trickles(clewd):
    """(address, first bytes, all that follows byte by byte)."""
    post = b"POST /v1/traces HTTP/1.1\r\nHost: clewd\r\nContent-Type: application/x-protobuf\r\nContent-Length: "
    get = b"GET /api/v1/services HTTP/1.1\r\nHost: clewd\r\nX-Slow: "
    for index in range(SLOW):
        if index % 4 == 0:
            yield address(clewd, "api"), b"", get + b"x" * 1000
        elif index % 4 == 1:
            yield address(clewd, "otlp_http"), b"", post + b"1000\r\n\r\n"
        else:
            yield address(clewd, "otlp_http"), post + b"16000000\r\n\r\n", bytes(1000)


def slow(directory):
    clewd, ledger = Clewd.start(program, os.path.join(directory, "data")), Ledger()
    with contextlib.ExitStack() as stack:
        clients = []
        for target, first, rest in trickles(clewd):
            client = stack.enter_context(socket.create_connection(target, PATIENCE))
            client.sendall(first)
            clients.append((client, rest))
        load = Load(clewd, ledger, lambda: Batch("good"), connections=1)
        for second in range(5):
            for client, rest in clients:
                with contextlib.suppress(OSError):
                    client.send(rest[second : second + 1])
            # New connections are served too.
            clewd.ask("/healthz")
            time.sleep(1)
        eventually("the good client is served", lambda: load.acknowledged >= 200)
        load.end()
        check([str(answer) for answer in load.refusals], "refused")
    check(ledger.problems(clewd), "the good client's spans")
    peak = expect_bounded(clewd)
    clewd.stop()
    return f"{SLOW} slow clients, {load.acknowledged} requests of the good one, {peak >> 20} MiB"


# MARK: many


def connect(target, count, report):
    """In a helper process, which has descriptors enough: opens connections, says how many, and holds them."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    selector, opened = selectors.DefaultSelector(), 0
    for index in range(count):
        client = socket.socket()
        client.setblocking(False)
        # Closing resets: ten thousand sockets that linger would use up the ports.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.connect_ex(target)
        selector.register(client, selectors.EVENT_WRITE, index)
    # Those beyond what the collector and the queue of the kernel take stay unanswered.
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and selector.get_map():
        for key, _ in selector.select(0.5):
            selector.unregister(key.fileobj)
            held.append(key.fileobj)
            if not key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                opened += 1
                if key.data % 2:
                    with contextlib.suppress(OSError):
                        key.fileobj.send(b"POST /v1/traces HTTP/1.1\r\nHost: clewd\r\nContent-Le")
    held.extend(key.fileobj for key in list(selector.get_map().values()))
    os.write(report, struct.pack("<I", opened))


held = []


def many(directory):
    clewd, ledger = Clewd.start(program, os.path.join(directory, "data")), Ledger()
    opened = 0
    for port, other in (("otlp_http", "api"), ("api", "otlp_http")):
        (counts, report), (wait, end) = os.pipe(), os.pipe()
        helpers = []
        for _ in range(HELPERS):
            helper = os.fork()
            if helper == 0:
                os.close(end)
                connect(address(clewd, port), MANY // HELPERS, report)
                os.read(wait, 1)  # Until the other end is closed.
                os._exit(0)
            helpers.append(helper)
        os.close(report)
        opened += sum(struct.unpack("<I", os.read(counts, 4))[0] for _ in helpers)
        # One port's guests are not the other's.
        if other == "api":
            clewd.ask("/healthz")
        else:
            answer = clewd.post(Batch("crowd").body)
            check([str(answer)] if answer.status != 200 else [], "intake while the other port is crowded")
        expect_bounded(clewd)
        os.close(end)
        os.close(wait)
        os.close(counts)
        for helper in helpers:
            os.waitpid(helper, 0)
        eventually("questions are answered", lambda: clewd.get("/healthz").status == 200)
        expect_served(clewd, ledger)
    peak = expect_bounded(clewd)
    clewd.stop()
    return f"{MANY} connections on each port, {opened} were taken, {peak >> 20} MiB"


# MARK: descriptors


def descriptors(directory):
    clewd, ledger = Clewd.start(program, os.path.join(directory, "data"), limit_files=FEW_FILES), Ledger()
    expect_served(clewd, ledger, goal=5)
    for port in ("otlp_http", "api"):
        with contextlib.ExitStack() as stack:
            for _ in range(2 * FEW_FILES):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(address(clewd, port))
            time.sleep(1)
        eventually("questions are answered", lambda: clewd.get("/healthz").status == 200)
        expect_served(clewd, ledger, goal=5)
    clewd.stop()
    return f"{2 * FEW_FILES} connections with {FEW_FILES} descriptors"


# MARK: deaf


def deaf(directory):
    clewd, ledger = Clewd.start(program, os.path.join(directory, "data")), Ledger()
    load = Load(clewd, ledger, lambda: Batch("good", spans=40, payload=100), connections=1)
    eventually("some spans to ask for", lambda: load.acknowledged >= 25)
    load.end()
    get = b"GET /api/v1/spans?service=good&from=0&limit=1000 HTTP/1.1\r\nHost: clewd\r\n"
    get += b"Accept: application/x-protobuf\r\n\r\n"
    body = Batch("deaf").body
    post = b"POST /v1/traces HTTP/1.1\r\nHost: clewd\r\nContent-Type: application/x-protobuf\r\n"
    post += b"Content-Length: %d\r\n\r\n" % len(body) + body
    # Padded, because a hundred thousand short ones fit into the buffers of the kernel and are worked off first.
    refused = b"GET /nowhere HTTP/1.1\r\nHost: clewd\r\nX-Padding: " + b"x" * 1000 + b"\r\n\r\n"
    requests = [("api", get), ("otlp_http", post)] * 4 + [("api", refused), ("otlp_http", refused)]
    with contextlib.ExitStack() as stack:
        clients = []
        for index in range(DEAF):
            port, request = requests[index % len(requests)]
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            client.connect(address(clewd, port))
            client.setblocking(False)
            clients.append([client, request * (1 + 65536 // len(request)), 0])
        sent, deadline = 0, time.monotonic() + 5
        while time.monotonic() < deadline:
            progress = 0
            for entry in clients:
                client, stream, position = entry
                with contextlib.suppress(OSError):
                    count = client.send(stream[position:])
                    entry[2] = (position + count) % len(stream)
                    progress += count
            sent += progress
            if not progress:
                time.sleep(0.1)
            expect_bounded(clewd)
        clewd.ask("/healthz")
        expect_served(clewd, ledger)
    peak = expect_bounded(clewd)
    clewd.stop()
    return f"{DEAF} deaf clients, {sent >> 10} KiB were taken from them, {peak >> 20} MiB"


program, kind = sys.argv[1:]
run({"slow": slow, "many": many, "descriptors": descriptors, "deaf": deaf}[kind], 0)
