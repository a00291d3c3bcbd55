"""What the library costs a service, with a collector that runs, one that is dead and one that hangs.

Usage: python3 Benchmarks/service-latency.py [BIN_DIRECTORY]    (default .build/debug)

Runs the demo's catalog service in each condition in turn, three times over, asks it 250 times a second on one connection, and
prints the latency that the client saw and the CPU seconds that the service used.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

BINARIES = sys.argv[1] if len(sys.argv) > 1 else ".build/debug"
REQUESTS, WARM_UP, RATE, ROUNDS = 1500, 200, 250, 3


def start(*command, until, **environment):
    """Starts a program and reads its output up to the JSON line that has the key `until`."""
    process = subprocess.Popen(
        [os.path.join(BINARIES, command[0]), *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    line = {}
    while until not in line:
        line = json.loads(process.stdout.readline())
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return process, line


def measure(environment):
    command = ["clew-shop", "serve", "catalog", "--port", "0", "--data", tempfile.mkdtemp()]
    service, line = start(*command, until="address", **environment)
    connection = http.client.HTTPConnection(line["address"])
    latencies = []
    began = time.perf_counter()
    for index in range(WARM_UP + REQUESTS):
        time.sleep(max(0, began + index / RATE - time.perf_counter()))
        sent = time.perf_counter()
        connection.request("GET", "/products/p-07")
        response = connection.getresponse()
        response.read()
        assert response.status == 200, response.status
        if index >= WARM_UP:
            latencies.append((time.perf_counter() - sent) * 1000)
    with open(f"/proc/{service.pid}/stat") as stat:
        ticks = sum(int(field) for field in stat.read().rsplit(")", 1)[1].split()[11:13])
    service.terminate()
    service.wait(30)
    latencies.sort()
    return latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100], ticks / os.sysconf("SC_CLK_TCK")


def main():
    free = "127.0.0.1:0"
    data = tempfile.mkdtemp()
    collector, addresses = start(
        "clewd", "--data", data, "--otlp-http", free, "--otlp-udp", free, "--api", free, "--print-addresses", until="api"
    )
    hanging = socket.create_server(("127.0.0.1", 0), backlog=128)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
    endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
    conditions = {
        "library off": {"OTEL_SDK_DISABLED": "true"},
        "collector runs": {endpoint: "http://" + addresses["otlp_http"]},
        "nobody listens": {endpoint: f"http://127.0.0.1:{nobody}"},
        "collector hangs": {endpoint: f"http://127.0.0.1:{hanging.getsockname()[1]}"},
    }
    try:
        for _ in range(ROUNDS):
            for name, environment in conditions.items():
                p50, p99, cpu = measure({**environment, "CLEW_SHUTDOWN_TIMEOUT": "500"})
                print(f"{name:16} p50 {p50:.2f} ms  p99 {p99:.2f} ms  CPU {cpu:.2f} s", flush=True)
    finally:
        collector.terminate()
        collector.wait(30)


main()
