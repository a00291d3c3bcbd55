import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Comparing call profiles")
struct CallDiffTests {
    private func diff(_ before: Checkout, _ now: Checkout, count: UInt64 = 10) throws -> CallDiff {
        CallDiff(before: try #require(before.profile(count)), now: try #require(now.profile(count)))
    }

    @Test("the changes of all rows sum to the change of the route, whatever the traces")
    func sums() throws {
        for seed in UInt64(0)..<300 {
            let profiles = try [seed, seed + 1000].map { seed in
                try #require(CallProfile(of: Trace(spans: RandomTrace.spans(seed: seed))))
            }
            let diff = CallDiff(before: profiles[0], now: profiles[1])
            let sum = diff.rows.reduce(0) { $0 + $1.change }
            #expect(abs(sum - diff.change) < 1e-6, "seed \(seed)")
            #expect(diff.rows.count { $0.before != nil } == profiles[0].nodes.count, "seed \(seed)")
            #expect(diff.rows.count { $0.now != nil } == profiles[1].nodes.count, "seed \(seed)")
        }
    }

    @Test("a profile compared with itself has every row on both sides, and no change")
    func same() throws {
        let diff = try diff(Checkout(queries: 3), Checkout(queries: 3))
        #expect(diff.change == 0 && diff.relativeChange == 0)
        #expect(diff.rows.allSatisfy { $0.before == $0.now && !$0.isNotable })
        #expect(diff.largestChanges.isEmpty)
    }

    @Test("more calls of one hop are one row with both counts")
    func moreCalls() throws {
        let diff = try diff(Checkout(queries: 1), Checkout(queries: 4))
        #expect(diff.change == 15e6)
        let row = try #require(diff.largestChanges.first)
        #expect(row.hop.operation == "SELECT" && row.change == 15e6 && row.hasOtherCalls)
        #expect(row.before?.calls == 1 && row.now?.calls == 4)
        #expect(diff.rows.count { $0.isNotable } == 1)
    }

    @Test("what is new and what is gone stand below their callers, in order of time")
    func addedAndRemoved() throws {
        let diff = try diff(Checkout(), Checkout(hasTax: false, hasCache: true))
        #expect(
            diff.rows.map { "\($0.depth) \($0.hop.operation)" } == [
                "0 POST /checkout", "1 POST", "2 POST /orders", "3 GET order", "3 SELECT", "3 audit", "3 GET",
                "4 GET /tax",
            ])
        let cache = try #require(diff.row("GET order"))
        #expect(cache.before == nil && cache.change == 1e6)
        let tax = try #require(diff.row("GET /tax"))
        #expect(tax.now == nil && tax.change == -10e6)
        let call = diff.rows.firstIndex { $0.hop.kind == .network && $0.hop.target == "tax" }
        #expect(tax.parent == call)
        #expect(diff.change == -9e6)
        #expect(diff.largestChanges.map(\.hop.operation) == ["GET /tax", "GET order"])
    }

    @Test("errors that appear are notable where no time changed")
    func errors() throws {
        let row = try #require(try diff(Checkout(), Checkout(isTaxFailing: true)).row("GET /tax"))
        #expect(row.hasOtherErrors && row.isNotable && !row.isSlowerOrFaster)
        #expect(row.now?.errorShare == 1)
    }

    @Test("routes of other names are still compared from their roots on")
    func otherRoots() throws {
        var builder = TraceBuilder()
        builder.add("gateway", "GET /", .server, 0...1_000_000)
        let diff = CallDiff(
            before: try #require(CallProfile(of: builder.trace)), now: try #require(Checkout().profile()))
        #expect(diff.rows[0].before != nil && diff.rows[0].now != nil)
        #expect(diff.rows[0].hop.operation == "POST /checkout")
    }

    @Test(
        "a change below 5 % or 100 µs is noise",
        arguments: [
            (10e6, 10.4e6, false), (10e6, 10.6e6, true), (1e6, 1.09e6, false), (1e6, 1.11e6, true), (0.0, 99e3, false),
            (0.0, 100e3, true), (10e6, 9.4e6, true),
        ])
    func noise(before: Double, now: Double, isNotable: Bool) {
        #expect(CallDiff.isNotable(before, now) == isNotable)
    }

    @Test("routes are paired by service and name, the one that lost most first; others are named")
    func routes() throws {
        func profile(_ operation: String, _ duration: UInt64) throws -> CallProfile {
            var builder = TraceBuilder()
            builder.add("gateway", operation, .server, 0...duration)
            return try #require(CallProfile(of: builder.trace))
        }
        let routes = RouteDiffs(
            before: [try profile("a", 10), try profile("b", 10), try profile("old", 1)],
            now: [try profile("b", 90), try profile("a", 20), try profile("new", 1)])
        #expect(routes.diffs.map(\.now.operation) == ["b", "a"])
        #expect(routes.onlyBefore.map(\.operation) == ["old"])
        #expect(routes.onlyNow.map(\.operation) == ["new"])
    }

    @Test("panels of hostile spans fit any width and print nothing that is not printable")
    func hostile() throws {
        for seed in UInt64(0)..<40 {
            var source = HostileSpans(seed: seed)
            let sides = (0..<2).map { _ -> [CallProfile] in
                let traces = Dictionary(grouping: source.next().map { SpanSummary($0) }, by: \.traceID)
                return traces.sorted { $0.key < $1.key }.compactMap { CallProfile(of: Trace(spans: $0.value)) }
            }
            let (before, now) = (try #require(sides[0].first), try #require(sides[1].first))
            var routes = RouteDiffs(before: sides[0], now: sides[1])
            routes.diffs.append(CallDiff(before: before, now: now))
            #expect(PathPanel([before]).isSafe, "seed \(seed)")
            #expect(PathPanel(sides[1], by: "\u{1B}[2J").isSafe, "seed \(seed)")
            #expect(DiffPanel(routes, before: "\u{202E}a", now: "b\n", notes: ["\u{7}"]).isSafe, "seed \(seed)")
        }
    }

    // MARK: - Limits

    @Test("a limit is a share, a time, or both, and both must be exceeded")
    func limits() throws {
        // 27 ms became 32 ms.
        let slower = try diff(Checkout(), Checkout(queries: 2))
        let faster = try diff(Checkout(queries: 2), Checkout())
        for (text, isExceeded) in [
            (">10%", true), (">50%", false), (">4ms", true), (">50ms", false), (">10%,>4ms", true),
            ("> 10 %, > 50 ms", false), (">50ms,>10%", false), (">0%", true),
        ] {
            let limit = try RegressionLimit(text: text)
            #expect(limit.isExceeded(by: slower) == isExceeded, "\(text)")
            #expect(!limit.isExceeded(by: faster), "\(text)")
            #expect(RouteDiffs([faster, slower]).exceeding(limit).count == (isExceeded ? 1 : 0))
        }
        #expect(!RegressionLimit().isExceeded(by: slower))
    }

    @Test(
        "a text that is no limit is refused with what is expected",
        arguments: ["10%", "", ">", ">fast", ">-1%", ">nan%", ">10%,", ">10%,>20%", ">1ms,>2ms", ">%"])
    func badLimits(text: String) {
        do throws(RegressionLimitError) {
            _ = try RegressionLimit(text: text)
            Issue.record("'\(text)' was accepted")
        } catch {
            #expect(error.description.contains(">10%") || error.description.contains("one in %"), "\(error)")
        }
    }
}
