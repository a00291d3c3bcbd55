"""Asks a collector that `clew load` filled: how long answers take, and what they cost it.

Usage: queries.py API PID [TRACES]

API is the address of the query API, such as 127.0.0.1:2539; PID the collector's process, whose CPU time is read from /proc.
One connection, one question after another. Trace ids are taken from all over the time that is stored.
"""

import http.client
import json
import random
import re
import sys
import time

address, pid = sys.argv[1], sys.argv[2]
traces = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
connection = http.client.HTTPConnection(address)


def cpu_milliseconds():
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 10.0


def get(path):
    start = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200, (response.status, body[:300])
    return time.perf_counter() - start, body


def measure(name, paths, count):
    before = cpu_milliseconds()
    answers = [get(paths[index % len(paths)]) for index in range(count)]
    cpu = (cpu_milliseconds() - before) / count
    times = sorted(seconds * 1e3 for seconds, _ in answers)
    size = sum(len(body) for _, body in answers) // count
    print(
        f"{name:34} p50 {times[count // 2]:7.2f}  p99 {times[int(count * 0.99)]:7.2f}  max {times[-1]:7.2f} ms, "
        f"CPU {cpu:6.2f} ms, {size} B"
    )


store = json.loads(get("/api/v1/status")[1])["store"]
oldest, newest = int(store["oldest"]), int(store["newest"])
print(f"{store['spans']} spans in {store['blocks']} blocks")

ids = set()
step = (newest - oldest) // 40 + 1
for start in range(oldest, newest, step):
    _, body = get(f"/api/v1/spans?limit=400&from={start}&to={start + step}")
    ids.update(id.decode() for id in re.findall(rb'"traceId"\s*:\s*"([0-9a-f]{32})"', body))
ids = sorted(ids)
random.Random(1).shuffle(ids)
measure("trace by id", [f"/api/v1/traces/{id}" for id in ids], traces)

window = f"/api/v1/spans?from={newest - 900 * 10**9}&to={newest + 1}&limit=20"
for service, least in (("orders", "150ms"), ("gateway", "350ms"), ("orders", "300ms"), ("orders", "10s")):
    path = f"{window}&service={service}&operation=GET%20/products&min-duration={least}"
    measure(f"{service}, operation, at least {least}", [path], 20)
measure("rare value of user.id", ["/api/v1/spans?limit=20&attribute=user.id%3Du54321"], 10)
measure("absent value of user.id", ["/api/v1/spans?limit=20&attribute=user.id%3Dnobody"], 10)
