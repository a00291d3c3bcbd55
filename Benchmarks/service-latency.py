"""What the library costs a service, with a collector that runs, one that is dead and one that hangs.

Usage: python3 Benchmarks/service-latency.py [BIN_DIRECTORY [ROUNDS]]    (default .build/release, 40)

Starts the demo's catalog service once for each condition and asks them in turns of 250 requests, one after the other on one
connection, so that whatever else the machine does falls on all of them alike. Prints the latency that the client saw, and the
CPU time of the service for each request, exports included.
"""

import glob
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

BINARIES = sys.argv[1] if len(sys.argv) > 1 else ".build/release"
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 40
REQUESTS = 250


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
    threading.Thread(target=drain, args=(process.stdout,), daemon=True).start()
    return process, line


def drain(output):
    while output.read1(1 << 16):
        pass


class Service:
    def __init__(self, environment):
        self.process, line = start(
            "clew-shop", "serve", "catalog", "--port", "0", "--data", tempfile.mkdtemp(), until="address", **environment
        )
        self.connection = http.client.HTTPConnection(line["address"])
        self.latencies = []
        self.ask(1000)
        self.latencies = []
        self.began = self.cpu()

    def ask(self, count):
        for _ in range(count):
            sent = time.perf_counter()
            self.connection.request("GET", "/products/p-07")
            response = self.connection.getresponse()
            response.read()
            assert response.status == 200, response.status
            self.latencies.append((time.perf_counter() - sent) * 1000)

    def cpu(self):
        """Nanoseconds on a core, of all threads."""
        paths = glob.glob(f"/proc/{self.process.pid}/task/*/schedstat")
        return sum(int(open(path).read().split()[0]) for path in paths)

    def figures(self):
        cpu = (self.cpu() - self.began) / 1000 / len(self.latencies)
        ordered = sorted(self.latencies)
        return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], cpu


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
    runs = {endpoint: "http://" + addresses["otlp_http"]}
    conditions = {
        "library off": {"OTEL_SDK_DISABLED": "true"},
        "collector runs": runs,
        "1 of 10 sampled": {**runs, "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"},
        "nobody listens": {endpoint: f"http://127.0.0.1:{nobody}"},
        "collector hangs": {endpoint: f"http://127.0.0.1:{hanging.getsockname()[1]}"},
    }
    services = {}
    try:
        for name, environment in conditions.items():
            services[name] = Service({**environment, "CLEW_SHUTDOWN_TIMEOUT": "500"})
        for _ in range(ROUNDS):
            for service in random.sample(list(services.values()), len(services)):
                service.ask(REQUESTS)
        # What the last turns left is exported by then.
        time.sleep(6)
        off = services["library off"].figures()[2]
        for name, service in services.items():
            p50, p99, cpu = service.figures()
            print(f"{name:16} p50 {p50:.2f} ms  p99 {p99:.2f} ms  CPU {cpu:.0f} us a request ({cpu / off - 1:+.1%})")
    finally:
        for process in [service.process for service in services.values()] + [collector]:
            process.terminate()
            process.wait(30)


main()
