"""Scrapes a service in both text formats and reads the answers with the parsers of Prometheus's own client.

Usage: scrape.py URL. Prints the families of each format; fails where a parser refuses the text.
"""

import sys
import urllib.request

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

FORMATS = [
    ("text", "text/plain", "text/plain; version=0.0.4; charset=utf-8", parser),
    (
        "openmetrics",
        "application/openmetrics-text; version=1.0.0,text/plain;q=0.5",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        openmetrics_parser,
    ),
]

for name, accept, expected, reader in FORMATS:
    request = urllib.request.Request(sys.argv[1], headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.headers["Content-Type"] == expected, response.headers["Content-Type"]
        text = response.read().decode("utf-8")
    families = list(reader.text_string_to_metric_families(text))
    assert families, text
    seen = [family.name for family in families]
    assert len(seen) == len(set(seen)), seen
    for family in families:
        exemplars = sum(1 for sample in family.samples if sample.exemplar)
        print(name, family.name, family.type, family.unit or "-", len(family.samples), exemplars)
