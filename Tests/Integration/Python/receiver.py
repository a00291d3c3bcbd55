"""A plain OTLP/HTTP receiver: parses every request with the messages of `opentelemetry-proto`, and counts what is in them.

Usage: receiver.py

Prints {"port": N} once it listens, and at SIGTERM a line of JSON: the requests, what was in them by name, and what was
wrong with them. Wrong is what cannot be parsed, a field that the messages do not have, and an id, a time or a name that is
missing.
"""

import collections
import gzip
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_json import from_otlp_json

SIGNALS = {
    "/v1/traces": (ExportTraceServiceRequest, "resource_spans", "scope_spans", "spans"),
    "/v1/logs": (ExportLogsServiceRequest, "resource_logs", "scope_logs", "log_records"),
    "/v1/metrics": (ExportMetricsServiceRequest, "resource_metrics", "scope_metrics", "metrics"),
}
requests, spans, records, metrics = (collections.Counter() for _ in range(4))
errors = []
lock = threading.Lock()


def unknown_fields(message):
    """Fields that the sender wrote and the message does not have."""
    count = len(UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type:
            count += sum(map(unknown_fields, value if field.is_repeated else [value]))
    return count


def need(condition, what):
    if not condition:
        raise ValueError(what)


def check_span(span):
    need(len(span.trace_id) == 16 and any(span.trace_id), "a trace id is 16 bytes and not zero")
    need(len(span.span_id) == 8 and any(span.span_id), "a span id is 8 bytes and not zero")
    need(len(span.parent_span_id) in (0, 8), "a parent's id is 8 bytes or none")
    need(0 < span.start_time_unix_nano <= span.end_time_unix_nano, "a span starts before it ends")
    spans[span.name] += 1


def check_record(record):
    need(record.observed_time_unix_nano > 0, "a record has the time at which it was observed")
    need(1 <= record.severity_number <= 24, "a record has a severity")
    need(len(record.trace_id) in (0, 16) and len(record.span_id) in (0, 8), "ids are complete or absent")
    records[record.severity_text] += 1


def check_metric(metric):
    points = getattr(metric, metric.WhichOneof("data")).data_points
    need(points, f"{metric.name} has points")
    for point in points:
        need(point.time_unix_nano > 0, f"a point of {metric.name} has a time")
    if metric.WhichOneof("data") == "histogram":
        for point in points:
            need(len(point.bucket_counts) == len(point.explicit_bounds) + 1, f"{metric.name} has a bucket too few")
            need(sum(point.bucket_counts) == point.count, f"the buckets of {metric.name} make up its count")
    metrics[metric.name] += 1


CHECKS = {"/v1/traces": check_span, "/v1/logs": check_record, "/v1/metrics": check_metric}


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form, encoding = self.headers["Content-Type"], self.headers.get("Content-Encoding", "none")
        with lock:
            try:
                self.parse(body, form, encoding)
                status = 200
            except Exception as error:  # Whatever it is, it is the answer to the question of the test.
                errors.append(f"{self.path}: {error!r}")
                status = 400
            requests[f"{self.path} {form} {encoding}"] += 1
        self.send_response(status)
        self.send_header("Content-Type", form)
        answer = b"{}" if "json" in form else b""
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def parse(self, body, form, encoding):
        make, groups, scopes, items = SIGNALS[self.path]
        if encoding == "gzip":
            body = gzip.decompress(body)
        if form == "application/json":
            message = from_otlp_json(body, make())
        else:
            need(form == "application/x-protobuf", f"the content type {form}")
            message = make.FromString(body)
        need(unknown_fields(message) == 0, "no unknown fields")
        need(message.ListFields(), "something in the request")
        for group in getattr(message, groups):
            names = [pair.value.string_value for pair in group.resource.attributes if pair.key == "service.name"]
            need(names and all(names), "one service.name in the resource")
            for scope in getattr(group, scopes):
                need(scope.scope.name, "a scope has a name")
                for item in getattr(scope, items):
                    CHECKS[self.path](item)

    def log_message(self, *_):
        pass


signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
signal.sigwait({signal.SIGTERM})
with lock:
    found = {"requests": requests, "spans": spans, "records": records, "metrics": metrics, "errors": errors}
    print(json.dumps(found), flush=True)
