import ClewAnalysis
import ClewModel

/// A route in two versions: 1.1.0 asks for the stock of each item, keeps the tax in its own code and is refused more often.
enum SampleProfile {
    static let attribute = "service.version"
    static let before = profile([.old])
    static let now = profile([.new])
    /// Both versions at work at one time.
    static let groups = profiles([.old, .new], isGrouped: true)

    static let diffs = RouteDiffs(
        [CallDiff(before: before, now: now), CallDiff(before: before, now: before)],
        onlyBefore: [SlowAnalysis.Route(service: "gateway", operation: "GET /offers")])
    static let same = RouteDiffs([CallDiff(before: before, now: before)])

    private enum Version: String {
        case old = "1.0.0"
        case new = "1.1.0"
    }

    private static func profile(_ versions: [Version]) -> CallProfile {
        guard let profile = profiles(versions, isGrouped: false).first else { preconditionFailure("no profile") }
        return profile
    }

    private static func profiles(_ versions: [Version], isGrouped: Bool) -> [CallProfile] {
        var random = SplitMix64(seed: 5)
        var builder = CallProfileBuilder(from: SampleShop.from, to: SampleShop.to)
        for index in 0..<120 as Range<UInt64> {
            let version = versions[Int(index) % versions.count]
            let spans = checkout(version, at: SampleShop.from + index * 7_000_000_000, &random)
            builder.add(Trace(spans: spans.map(SpanSummary.init)), group: isGrouped ? version.rawValue : nil)
        }
        return builder.finish()
    }

    private static func checkout(
        _ version: Version, at start: UnixNanoseconds, _ random: inout SplitMix64
    ) -> [Span] {
        func ms(_ low: UInt64, _ high: UInt64) -> UInt64 {
            UInt64.random(in: (low * 1_000_000)...(high * 1_000_000), using: &random)
        }
        let isRefused = ms(0, 100) < (version == .old ? 1_000_000 : 12_000_000)
        var maker = TraceMaker(&random, start: start)
        let gateway = maker.open("gateway", "POST /checkout", .server, parent: nil, lead: 0)
        let call = maker.open("gateway", "POST orders", .client, parent: gateway, lead: ms(1, 3))
        let orders = maker.open("orders", "POST /orders", .server, parent: call, lead: ms(1, 2))
        let reserve = maker.open("orders", "POST inventory", .client, parent: orders, lead: ms(2, 4))
        let inventory = maker.open("inventory", "POST /reserve", .server, parent: reserve, lead: ms(1, 2))
        for _ in 0..<(version == .old ? 1 : 8) {
            let stock = maker.open(
                "inventory", "SELECT stock", .client, parent: inventory, lead: 200_000, database: "stock")
            maker.close(stock, after: ms(5, 8))
        }
        maker.close(inventory, after: ms(1, 2))
        maker.close(reserve, after: ms(1, 2))
        switch version {
        case .old:
            let ask = maker.open("orders", "GET tax", .client, parent: orders, lead: ms(1, 2))
            let tax = maker.open("tax", "GET /tax", .server, parent: ask, lead: ms(1, 2))
            maker.close(tax, after: ms(1, 2))
            maker.close(ask, after: ms(1, 2))
        case .new:
            let tax = maker.open("orders", "compute tax", .internal, parent: orders, lead: ms(1, 2))
            maker.close(tax, after: 400_000)
        }
        let pay = maker.open("orders", "POST payments", .client, parent: orders, lead: ms(1, 2))
        let payments = maker.open("payments", "POST /charge", .server, parent: pay, lead: ms(1, 2))
        let bank = maker.open(
            "payments", "POST api.bank.example", .client, parent: payments, lead: ms(1, 2), peer: "api.bank.example")
        maker.close(bank, after: ms(40, 52), error: isRefused ? "card refused" : nil)
        maker.close(payments, after: ms(1, 2), error: isRefused ? "card refused" : nil)
        maker.close(pay, after: ms(0, 1), error: isRefused ? "402 Payment Required" : nil)
        let publish = maker.open("orders", "publish OrderPlaced", .producer, parent: orders, lead: ms(0, 1))
        maker.close(publish, after: ms(1, 2))
        maker.close(orders, after: ms(1, 2))
        maker.close(call, after: ms(0, 1))
        maker.close(gateway, after: ms(1, 2), error: isRefused ? "502 Bad Gateway" : nil)
        // Nobody waits for the letter.
        let letter = maker.open("notifications", "OrderPlaced", .consumer, parent: publish, lead: ms(5, 50))
        maker.close(letter, after: ms(20, 30))
        return maker.spans
    }
}
