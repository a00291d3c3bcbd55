import Clew
import ClewModel
import ClewTesting
import Testing
import Tracing

@Suite("Database spans")
struct DatabaseSpanTests {
    struct Failure: Error { var code: String }

    @Test("a span is named by its summary, else by the operation and what it acts on")
    func names() async throws {
        let test = try TestTelemetry()
        let telemetry = test.telemetry
        let server = HostAndPort(host: "db.internal", port: 5432)
        func call(
            _ collection: String?, _ namespace: String?, _ summary: String? = nil, batch: Int? = nil,
            server: HostAndPort? = nil
        ) async {
            await withDatabaseSpan(
                "INSERT", collection: collection, system: "postgresql", namespace: namespace, summary: summary,
                batchSize: batch, server: server, telemetry: telemetry
            ) { _ in await Task.yield() }
        }
        await call("orders", "shop")
        await call(nil, "shop")
        await call(nil, nil, server: server)
        await call(nil, nil)
        await call("orders", "shop", "INSERT orders audit")
        await call("orders", "shop", batch: 1)
        await call("orders", "shop", batch: 3, server: server)
        await telemetry.flush()
        let spans = test.exporter.spans
        #expect(
            spans.map(\.name) == [
                "INSERT orders", "INSERT shop", "INSERT db.internal:5432", "INSERT", "INSERT orders audit",
                "INSERT orders", "BATCH INSERT orders",
            ])
        #expect(spans[4].attributes["db.query.summary"] == "INSERT orders audit")
        #expect(spans[5].attributes["db.operation.batch.size"] == nil)
        #expect(spans[6].attributes["db.operation.batch.size"] == 3)
        #expect(spans[6].attributes["db.operation.name"] == "BATCH INSERT")
        #expect(spans[6].attributes["server.address"] == "db.internal")
        #expect(spans[6].attributes["server.port"] == 5432)
    }

    @Test("a code of the database is the error's type, on the span and the metric, also without suspending")
    func statusCode() async throws {
        let test = try TestTelemetry()
        #expect(throws: Failure.self) {
            try withDatabaseSpan(
                "SELECT", system: "sqlite", telemetry: test.telemetry, statusCode: { ($0 as? Failure)?.code }
            ) { span in
                #expect(ServiceContext.current?.spanContext == span.context.spanContext)
                throw Failure(code: "787")
            }
        }
        #expect(throws: CancellationError.self) {
            try withDatabaseSpan("SELECT", system: "sqlite", telemetry: test.telemetry) { _ in throw CancellationError()
            }
        }
        await test.telemetry.flush()
        let (failed, cancelled) = (test.exporter.spans[0], test.exporter.spans[1])
        #expect(failed.attributes["error.type"] == "787")
        #expect(failed.attributes["db.response.status_code"] == "787")
        #expect(failed.status.code == .error)
        #expect(cancelled.status.code == .unset)
        let metric = test.exporter.metrics.last { $0.name == "db.client.operation.duration" }
        guard case .histogram(let points, _)? = metric?.data else {
            Issue.record("no histogram")
            return
        }
        #expect(Set(points.map { $0.context.attributes["error.type"]?.stringValue }) == ["787", nil])
    }

    @Test(
        "literal values in a query become placeholders, names and placeholders stay",
        arguments: [
            ("SELECT * FROM t1 WHERE a = 'x' AND b = 12", "postgresql", "SELECT * FROM t1 WHERE a = ? AND b = ?"),
            ("SELECT 'it''s', \"a'b\", `c'd`", "sqlite", "SELECT ?, \"a'b\", `c'd`"),
            ("VALUES (-1.5e-3, .5, 0xFF, 1_000, 1e+9)", "postgresql", "VALUES (-?, ?, ?, ?, ?)"),
            (
                "a = $1 AND b = ?2 AND c = :name AND d::int4 = 5", "postgresql",
                "a = $1 AND b = ?2 AND c = :name AND d::int4 = ?"
            ),
            ("SELECT X'0A', N'x', E'it\\'s', _utf8'y'", "postgresql", "SELECT ?, ?, ?, ?"),
            ("SELECT $tag$ secret $ $other$ $tag$, $$x$$ FROM t", "postgresql", "SELECT ?, ? FROM t"),
            ("SELECT 1 -- secret\n/* secret */ FROM t", "postgresql", "SELECT ? \n  FROM t"),
            ("SELECT 'a\\'secret', \"x\" # secret", "mysql", "SELECT ?, ? "),
            ("SELECT 'C:\\' FROM t", "postgresql", "SELECT ? FROM t"),
            ("SELECT 'unfinished", "postgresql", "SELECT ?"),
            ("SELECT $tag$unfinished", "postgresql", "SELECT ?"),
            ("SELECT \"unfinished", "sqlite", "SELECT \"unfinished"),
            ("/* unfinished", "sqlite", " "),
            ("SELECT 'Größe', größe2 FROM maße", "sqlite", "SELECT ?, größe2 FROM maße"),
            ("$", "postgresql", "$"), ("'", "mysql", "?"), ("'\\", "mysql", "?"), ("", "sqlite", ""),
        ])
    func sanitized(_ query: String, _ system: String, _ expected: String) {
        #expect(QueryText.sanitized(query, system: system) == expected)
    }

    @Test("a sanitized query is cut between characters")
    func cut() {
        #expect(QueryText.sanitized("SELECT ß", system: "sqlite", maximumBytes: 8) == "SELECT ")
        #expect(QueryText.sanitized(String(repeating: "a,", count: 100_000), system: "sqlite").utf8.count == 4096)
        #expect(QueryText.sanitized("SELECT", system: "sqlite", maximumBytes: -1).isEmpty)
    }
}
