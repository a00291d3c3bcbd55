"""Services of another make, to stand between and behind those of the shop; GET requests only.

Usage: between.py pass URL OTLP_URL   asks URL in the caller's trace, with OpenTelemetry's SDK, and passes the answer on;
                                      of the caller's headers only what the SDK propagates reaches URL
       between.py record              answers [] and prints the headers of each request as a line of JSON

Prints {"port": N} once it listens.
"""

import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import baggage, context, propagate
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        answer = self.answer({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Recorder(Service):
    def answer(self, headers):
        print(json.dumps(headers), flush=True)
        return b"[]"


class Between(Service):
    def answer(self, headers):
        token = context.attach(propagate.extract(headers))
        try:
            with tracer.start_as_current_span("GET", kind=SpanKind.SERVER):
                context.attach(baggage.set_baggage("hop", "python"))
                with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT):
                    sent = {}
                    propagate.inject(sent)
                    with urllib.request.urlopen(urllib.request.Request(sys.argv[2] + self.path, headers=sent)) as answer:
                        return answer.read()
        finally:
            context.detach(token)


if sys.argv[1] == "pass":
    provider = TracerProvider(resource=Resource.create({"service.name": "between"}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"{sys.argv[3]}/v1/traces")))
    tracer = provider.get_tracer("between")
server = ThreadingHTTPServer(("127.0.0.1", 0), Between if sys.argv[1] == "pass" else Recorder)
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
