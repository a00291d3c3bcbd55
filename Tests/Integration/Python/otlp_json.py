"""OTLP/JSON by way of protobuf's own JSON, which differs from it in the ids."""

import base64
import json

from google.protobuf import json_format

BYTES_IDS = ("traceId", "spanId", "parentSpanId")


def convert_ids(node, convert):
    """OTLP/JSON writes ids in hexadecimal where protobuf's own JSON writes base64."""
    if isinstance(node, dict):
        return {
            key: convert(value) if key in BYTES_IDS and isinstance(value, str) else convert_ids(value, convert)
            for key, value in node.items()
        }
    return [convert_ids(item, convert) for item in node] if isinstance(node, list) else node


def to_otlp_json(message):
    document = json_format.MessageToDict(message, use_integers_for_enums=True)
    return json.dumps(convert_ids(document, lambda text: base64.b64decode(text).hex())).encode()


def from_otlp_json(text, message):
    document = convert_ids(json.loads(text), lambda text: base64.b64encode(bytes.fromhex(text)).decode())
    return json_format.ParseDict(document, message)
