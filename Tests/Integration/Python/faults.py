"""A clewd to be hurt, and a ledger of what it promised, for the fault tests."""

import collections
import contextlib
import ctypes
import http.client
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOBUF = {"Content-Type": "application/x-protobuf"}
# Waits end with what they wait for; this bounds those that would not, on a machine that does much else.
PATIENCE = 60
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Failure(Exception):
    pass


def eventually(what, ask, seconds=PATIENCE):
    """Asks until there is an answer; an answer that is an exception of the connection is none."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        if Clewd.latest and not Clewd.latest.is_running:
            raise Failure(f"{what}: clewd ended by itself with {Clewd.latest.process.returncode}")
        try:
            last = ask()
            if last:
                return last
        except (OSError, http.client.HTTPException) as error:
            last = error
        time.sleep(0.02)
    raise Failure(f"{what}: not within {seconds} s, last: {last}")


class FaultFS:
    """The library that is put between clewd and its disk and clock."""

    _library = None

    def __init__(self, directory, lies=False):
        """- directory: Where the control file and the log are kept; outside what is watched."""
        self.control, self.log = os.path.join(directory, "control"), os.path.join(directory, "log")
        with open(self.control, "wb") as file:
            file.write(bytes(16))
        self.lies = lies

    @classmethod
    def library(cls, directory):
        if not cls._library:
            source = os.path.join(HERE, "..", "Harness", "FaultFS", "faultfs.c")
            library = os.path.join(directory, "faultfs.so")
            compiler = shutil.which("cc") or "clang"
            flags = ["-shared", "-fPIC", "-O2", "-ldl", "-lpthread"]
            subprocess.run([compiler, source, "-o", library, *flags], check=True)
            cls._library = library
        return cls._library

    def environment(self, data):
        os.makedirs(data, exist_ok=True)
        variables = {
            "LD_PRELOAD": self.library(os.path.dirname(self.control)),
            "FAULTFS_ROOT": data,
            "FAULTFS_LOG": self.log,
            "FAULTFS_CONTROL": self.control,
        }
        return variables | ({"FAULTFS_LIE": "sync"} if self.lies else {})

    def _set(self, offset, data):
        with open(self.control, "r+b") as file:
            file.seek(offset)
            file.write(data)

    def shift_clock(self, seconds):
        self._set(0, struct.pack("<q", seconds))

    def fill_disk(self, full):
        self._set(8, bytes([full]))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Connection:
    """Keep-alive HTTP to one address."""

    def __init__(self, address, timeout=PATIENCE):
        host, _, port = address.rpartition(":")
        self.http = http.client.HTTPConnection(host, int(port), timeout=timeout)

    def ask(self, method, path, body=None, headers={}):
        self.http.request(method, path, body, headers)
        response = self.http.getresponse()
        return Answer(response.status, response.headers, response.read())


class Clewd:
    """A clewd on free ports."""

    latest = None

    def __init__(self, program, data, *flags, faults=None, limit_files=None):
        """Starts it; `wait` returns when it listens."""
        command = [program, "--data", data, "--print-addresses", "--max-results", "10000000"]
        for listener in ("--otlp-http", "--otlp-udp", "--api"):
            command += [listener, "127.0.0.1:0"]
        self.data, self.addresses = data, None
        self.errors_file = tempfile.TemporaryFile()

        def prepare():
            # A test that is ended leaves nothing behind.
            if _libc:
                _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if limit_files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit_files, limit_files))

        self.process = subprocess.Popen(
            command + list(flags),
            stdout=subprocess.PIPE,
            stderr=self.errors_file,
            env=os.environ | (faults.environment(data) if faults else {}),
            preexec_fn=prepare,
        )
        Clewd.latest = self

    @classmethod
    def start(cls, *arguments, **options):
        clewd = cls(*arguments, **options)
        return clewd.wait()

    def wait(self):
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        if not line:
            raise Failure(f"clewd did not start and ended with {self.process.wait()}: {self.errors}")
        self.addresses = json.loads(line)
        return self

    @property
    def errors(self):
        return os.pread(self.errors_file.fileno(), 1 << 20, 0).decode(errors="replace")

    @property
    def is_running(self):
        return self.process.poll() is None

    def last_words(self):
        """Its last lines; where it crashed, all that it said, and what is mapped where it did, as long as it is there."""
        said, place = self.errors, re.search(r"Backtracing from (0x[0-9a-f]+)", self.errors)
        if not place:
            return "\n".join(said.splitlines()[-5:])
        address = int(place[1], 16)
        with contextlib.suppress(OSError), open(f"/proc/{self.process.pid}/maps") as maps:
            for line in maps:
                first, last = (int(end, 16) for end in line.split()[0].split("-"))
                if first <= address < last:
                    said += f"\n{address - first:#x} behind the beginning of: {line.rstrip()}"
        return said

    def resident(self, line="VmRSS"):
        """Its memory in bytes; `VmHWM` is the highest it was."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(text.split()[1]) << 10 for text in file if text.startswith(line))

    def kill(self):
        """SIGKILL; fails if the process had ended by itself, as when it crashed."""
        self.process.send_signal(signal.SIGKILL)
        status = self.process.wait()
        self._close()
        if status != -signal.SIGKILL:
            raise Failure(f"clewd had ended by itself with {status}: {self.errors}")

    def stop(self):
        self.process.terminate()
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self._close()
        if status != 0:
            raise Failure(f"clewd was stopped and ended with {status}: {self.errors}")

    def _close(self):
        self.process.stdout.close()

    def otlp(self, timeout=PATIENCE):
        return Connection(self.addresses["otlp_http"], timeout)

    def post(self, body):
        return self.otlp().ask("POST", "/v1/traces", body, PROTOBUF)

    def get(self, path, accept="application/x-protobuf"):
        return Connection(self.addresses["api"]).ask("GET", path, headers={"Accept": accept})

    def ask(self, path):
        answer = self.get(path)
        if answer.status != 200:
            raise Failure(f"GET {path}: {answer}")
        return answer.body

    def status(self):
        return json.loads(self.ask("/api/v1/status"))

    def spans(self, service):
        """Every stored span of a service, as ``comparable`` gives them."""
        path = f"/api/v1/spans?service={service}&from=0&to=18446744073709551615&limit=10000000"
        return comparable(TracesData.FromString(self.ask(path)))


def comparable(data):
    """The spans of a request or an answer: a list of (span id, bytes that are equal when all of the span is)."""
    return [
        (
            span.span_id,
            b"\0".join(part.SerializeToString(deterministic=True) for part in (group.resource, scope.scope, span)),
        )
        for group in data.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


class Batch:
    """One request: a few traces of one service, with contents that no two spans share."""

    def __init__(self, service, spans=10, payload=0, age=0, traces=2):
        """- payload: Random bytes in each span. - age: Nanoseconds before now."""
        request = ExportTraceServiceRequest()
        group = request.resource_spans.add()
        attribute = group.resource.attributes.add()
        attribute.key, attribute.value.string_value = "service.name", service
        scope = group.scope_spans.add()
        scope.scope.name = "faults"
        start, self.traces = time.time_ns() - age, [random.randbytes(16) for _ in range(traces)]
        for index in range(spans):
            span = scope.spans.add()
            span.trace_id, span.span_id = self.traces[index % traces], random.randbytes(8)
            span.name, span.kind = f"operation {index % 7}", 1 + index % 5
            span.start_time_unix_nano, span.end_time_unix_nano = start + index, start + 1000 * (index + 1)
            attribute = span.attributes.add()
            attribute.key, attribute.value.string_value = "user.id", f"user-{random.randrange(1000)}"
            if payload:
                attribute = span.attributes.add()
                attribute.key, attribute.value.bytes_value = "payload", random.randbytes(payload)
        self.service, self.body, self.spans = service, request.SerializeToString(), dict(comparable(request))
        self.acknowledged = False
        # Bytes of faultfs's log when the acknowledgement was there.
        self.log_size = None


class Ledger:
    """What was sent, and what was promised."""

    def __init__(self):
        self.batches = []
        self.lock = threading.Lock()

    def send(self, connection, batch, log=None):
        """Posts a batch and notes whether it was acknowledged."""
        with self.lock:
            self.batches.append(batch)
        answer = connection.ask("POST", "/v1/traces", batch.body, PROTOBUF)
        self.note(batch, answer, log)
        return answer

    def note(self, batch, answer, log=None):
        if answer.status == 200:
            batch.log_size = os.stat(log).st_size if log else None
            batch.acknowledged = True

    def problems(self, clewd, services=None, power=None):
        """What is not as promised: a list of sentences.

        - services: Only these.
        - power: Acknowledgements later in faultfs's log do not count.
        """
        problems = []
        # Load may run meanwhile: what was promised before the question, of all that was sent before the answer.
        promised = {
            id(batch)
            for batch in self.batches
            if batch.acknowledged and (power is None or batch.log_size is None or batch.log_size <= power)
        }
        for service in {batch.service for batch in self.batches} if services is None else services:
            found = collections.defaultdict(list)
            for span_id, content in clewd.spans(service):
                found[span_id].append(content)
            for number, batch in enumerate(batch for batch in self.batches if batch.service == service):
                problems += self._problems(f"{service}, request {number}", batch, found, id(batch) in promised)
            if found:
                problems.append(f"{service}: {len(found)} spans that were never sent")
        return problems

    @staticmethod
    def _problems(name, batch, found, promised):
        counts = collections.Counter()
        for span_id, content in batch.spans.items():
            stored = found.pop(span_id, [])
            counts["missing"] += not stored
            counts["stored twice"] += len(stored) > 1
            counts["changed"] += any(other != content for other in stored)
        if not promised and counts["missing"] == len(batch.spans):
            counts["missing"] = 0
        kind = "acknowledged" if promised else "not acknowledged"
        return [
            f"{name} ({kind}): {count} of {len(batch.spans)} spans {what}" for what, count in counts.items() if count
        ]

    def missing_traces(self, clewd, count):
        """Looks some acknowledged traces up by their ids: a list of sentences."""
        promised = [batch for batch in self.batches if batch.acknowledged]
        problems = []
        for batch in random.sample(promised, min(count, len(promised))):
            trace = random.choice(batch.traces)
            answer = clewd.get(f"/api/v1/traces/{trace.hex()}")
            stored = dict(comparable(TracesData.FromString(answer.body))) if answer.status == 200 else {}
            if not stored or any(batch.spans.get(span_id) != content for span_id, content in stored.items()):
                problems.append(f"trace {trace.hex()} is not what was acknowledged: {answer.status}")
        return problems


class Load:
    """Threads that send batches until they are stopped, or the collector is gone."""

    def __init__(self, clewd, ledger, make, connections=3, log=None, pause=0):
        """- make: Makes the next batch. - pause: Seconds between two."""
        self.is_over = threading.Event()
        self.acknowledged, self.refusals, self.pause = 0, [], pause
        self.threads = [
            threading.Thread(target=self._run, args=(clewd, ledger, make, log), daemon=True) for _ in range(connections)
        ]
        for thread in self.threads:
            thread.start()

    def _run(self, clewd, ledger, make, log):
        try:
            connection = clewd.otlp()
            while not self.is_over.is_set():
                time.sleep(self.pause)
                answer = ledger.send(connection, make(), log)
                if answer.status == 200:
                    self.acknowledged += 1
                else:
                    self.refusals.append(answer)
        except (OSError, http.client.HTTPException):
            pass  # The collector is gone: nothing was promised for this batch.

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join(PATIENCE)


def check(problems, where):
    if problems:
        more = f"\n… and {len(problems) - 20} more" if len(problems) > 20 else ""
        raise Failure(f"{where}:\n" + "\n".join(problems[:20]) + more)


def run(test, seed):
    """Runs a test in a directory of its own; the seed is printed when it fails, and what the last collector said."""
    random.seed(seed)
    directory = tempfile.mkdtemp(prefix="clew-faults-")
    try:
        print(test(directory))
    except Exception as error:
        text = str(error) if isinstance(error, Failure) else traceback.format_exc()
        sys.exit(f"seed {seed}: {text}\nclewd said last: {Clewd.latest.last_words() if Clewd.latest else ''}")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
