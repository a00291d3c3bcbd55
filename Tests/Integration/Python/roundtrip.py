"""Exports spans and log records with the OpenTelemetry SDK, then compares what `clew --json` gives back with what was sent.

Usage: roundtrip.py CLEW_BINARY API_URL OTLP_URL protobuf|json

Both sides of the comparison are protobuf messages made by Google's library, so nothing of Clew's own codecs is trusted.
Prints "N spans, N records" when all is equal; otherwise says what differs and exits 1.
"""

import json
import subprocess
import sys
import time
import urllib.request

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from otlp_json import from_otlp_json, to_otlp_json

class Recorder:
    """Exports through another exporter and keeps what was sent."""

    def __init__(self, exporter):
        self.exporter, self.sent = exporter, []

    def export(self, batch):
        self.sent.extend(batch)
        return self.exporter.export(batch)

    def shutdown(self):
        self.exporter.shutdown()

    def force_flush(self, timeout_millis=30000):
        return True


class JSONExporter(SpanExporter):
    def __init__(self, url, encode):
        self.url, self.encode = url, encode

    def export(self, batch):
        request = urllib.request.Request(
            self.url, to_otlp_json(self.encode(batch)), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:
            assert response.status == 200, response.status
            assert json.loads(response.read()) in ({}, {"partialSuccess": {}}), "a partial success"
        return SpanExportResult.SUCCESS

    def shutdown(self):
        pass


ATTRIBUTES = {
    "text": "plain",
    "text.unicode": "naïve 東京 🧵 \u0000 \n\t\"quoted\"",
    "text.empty": "",
    "yes": True,
    "no": False,
    "int": 42,
    "int.max": 2**63 - 1,
    "int.min": -(2**63),
    "int.zero": 0,
    "double": 3.141592653589793,
    "double.tiny": 5e-324,
    "double.huge": 1.7976931348623157e308,
    "texts": ["a", "", "ü"],
    "ints": [1, -2, 3],
    "doubles": [0.5, -1e100],
    "bools": [True, False],
    "empty.list": [],
}


def make_spans(tracer):
    with tracer.start_as_current_span("root", kind=trace.SpanKind.SERVER, attributes=ATTRIBUTES) as root:
        for index in range(50):
            link = trace.Link(root.get_span_context(), {"link.index": index, "link.text": "because"})
            kind = list(trace.SpanKind)[index % 5]
            with tracer.start_as_current_span(f"child {index}", kind=kind, attributes=ATTRIBUTES, links=[link]) as child:
                child.add_event("an event", {"event.index": index, "event.list": ["x", "y"]})
                child.add_event("another", timestamp=time.time_ns() - 1000)
                if index % 7 == 0:
                    child.record_exception(ValueError("no such thing"))
                    child.set_status(trace.StatusCode.ERROR, "it failed")
                if index % 7 == 1:
                    child.set_status(trace.StatusCode.OK)
        return root.get_span_context()


def make_logs(logger, context):
    bodies = ["a line", {"nested": {"list": [1, "two", 3.0, True, None], "bytes": b"\x00\xff"}}, 7, 0.25, False, ["x"]]
    for index, body in enumerate(bodies):
        logger.emit(
            LogRecord(
                timestamp=time.time_ns(),
                observed_timestamp=time.time_ns(),
                context=trace.set_span_in_context(trace.NonRecordingSpan(context)),
                severity_number=list(SeverityNumber)[1 + index * 4 % 24],
                severity_text=f"LEVEL{index}",
                body=body,
                attributes={**ATTRIBUTES, "log.index": index, "log.map": {"a": {"b": b"\x01"}}},
                event_name="an.event" if index % 2 else None,
            )
        )


def normalized(item):
    """An empty status says the same as none: unset."""
    if "status" in item.DESCRIPTOR.fields_by_name and not item.status.ByteSize():
        item.ClearField("status")
    return item


def flat(data, groups, scopes, items):
    """Every item with its resource and scope, as sorted deterministic bytes."""
    return sorted(
        group.resource.SerializeToString(deterministic=True)
        + group.schema_url.encode()
        + scope.scope.SerializeToString(deterministic=True)
        + scope.schema_url.encode()
        + normalized(item).SerializeToString(deterministic=True)
        for group in getattr(data, groups)
        for scope in getattr(group, scopes)
        for item in getattr(scope, items)
    )


def compare(what, sent, received, *path):
    sent, received = flat(sent, *path), flat(received, *path)
    if sent != received:
        lost = len(set(sent) - set(received))
        sys.exit(f"{lost} of {len(sent)} {what} came back changed or not at all ({len(received)} received)")
    return len(sent)


def main():
    clew, api, otlp, form = sys.argv[1:]
    if form == "protobuf":
        span_exporter = OTLPSpanExporter(endpoint=f"{otlp}/v1/traces", compression=Compression.Gzip)
        log_exporter = OTLPLogExporter(endpoint=f"{otlp}/v1/logs", compression=Compression.Gzip)
    else:
        span_exporter = JSONExporter(f"{otlp}/v1/traces", encode_spans)
        log_exporter = JSONExporter(f"{otlp}/v1/logs", encode_logs)

    resource = Resource.create({"service.name": f"python-{form}", "service.version": "1.2.3", "answer": 42})
    spans, logs = Recorder(span_exporter), Recorder(log_exporter)
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(spans, max_export_batch_size=16))
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(BatchLogRecordProcessor(logs))
    context = make_spans(tracers.get_tracer("roundtrip", "0.1", schema_url="https://example.org/schema", attributes={"scope": "yes"}))
    make_logs(loggers.get_logger("roundtrip.logs", "0.2"), context)
    tracers.shutdown()
    loggers.shutdown()

    def ask(*arguments):
        command = [clew, *arguments, "--api", api, "--json"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    trace_id = f"{context.trace_id:032x}"
    received_spans = from_otlp_json(ask("trace", trace_id), TracesData())
    received_logs = from_otlp_json(ask("logs", "--trace", trace_id), LogsData())
    span_count = compare("spans", encode_spans(spans.sent), received_spans, "resource_spans", "scope_spans", "spans")
    log_count = compare("records", encode_logs(logs.sent), received_logs, "resource_logs", "scope_logs", "log_records")
    print(f"{span_count} spans, {log_count} records")


main()
