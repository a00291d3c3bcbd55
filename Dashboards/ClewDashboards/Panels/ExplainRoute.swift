import ClewAnalysis
import ClewModel

/// Where the milliseconds of a route went: hops whose changes sum to the route's.
struct ExplainRoute {
    private let route: Explanation.RouteChange
    private let isTail: Bool

    init(_ route: Explanation.RouteChange, isTail: Bool) {
        self.route = route
        self.isTail = isTail
    }

    /// `POST /checkout of gateway`.
    static func name(_ route: SlowAnalysis.Route) -> StyledText {
        let operation = route.operation.isEmpty ? "every request" : route.operation
        return "\(operation, .strong) of \(route.service, .accent)"
    }

    /// Whether the route lost enough to be shown: a tenth of a millisecond, and a hundredth of its duration.
    var isNotable: Bool {
        route.change >= 100_000 && route.change >= 0.01 * route.before.meanDuration
    }

    var title: StyledText {
        let times = "\(NumberText.duration(route.before.meanDuration)) → \(NumberText.duration(route.now.meanDuration))"
        return Self.name(route.route) + ": \(times) (\(NumberText.change(route.change)) a request)"
    }

    var table: Table {
        Table(
            columns: [
                Table.Column("hop", minimumWidth: 20),
                Table.Column("operation", minimumWidth: 14, dropOrder: 3),
                Table.Column(isTail ? "typical" : "before", .right, dropOrder: 2),
                Table.Column(isTail ? "slow" : "now", .right, dropOrder: 1),
                Table.Column("change", .right),
                Table.Column("share", .right),
            ],
            rows: shown.map(row) + others + [total])
    }

    /// A hop whose change is a smaller share of the route's goes to the others.
    private static let notable = 0.01
    private static let limit = 6

    private var shown: [Explanation.HopChange] {
        Array(route.hops.filter { abs($0.change) >= Self.notable * abs(route.change) }.prefix(Self.limit))
    }

    /// One row for all that is not shown, so that the column adds up.
    private var others: [[StyledText]] {
        func rest(_ all: Double, _ value: (Explanation.HopChange) -> Double) -> Double {
            all - shown.reduce(0) { $0 + value($1) }
        }
        let before = rest(route.before.meanDuration, \.before)
        let now = rest(route.now.meanDuration, \.now)
        // What is left of rounding is nobody's.
        guard max(abs(before), abs(now)) >= 1 else { return [] }
        return [figures("other hops", before, now)]
    }

    private var total: [StyledText] { figures("all", route.before.meanDuration, route.now.meanDuration) }

    private func figures(_ name: String, _ before: Double, _ now: Double) -> [StyledText] {
        [
            StyledText(name, .muted), StyledText(), StyledText(NumberText.duration(before), .muted),
            StyledText(NumberText.duration(now), .muted), StyledText(NumberText.change(now - before), .muted),
            StyledText(share(now - before), .muted),
        ]
    }

    private func row(_ hop: Explanation.HopChange) -> [StyledText] {
        let style: TextStyle = share(of: hop.change) >= 0.5 ? .critical : .plain
        return [
            HopText.place(hop.hop), StyledText(hop.hop.operation, style),
            StyledText(NumberText.duration(hop.before), .muted), StyledText(NumberText.duration(hop.now)),
            StyledText(NumberText.change(hop.change), style), StyledText(share(hop.change), style),
        ]
    }

    private func share(of change: Double) -> Double { route.change == 0 ? 0 : change / route.change }

    private func share(_ change: Double) -> String {
        NumberText.percent((share(of: change) * 1000).rounded() / 1000)
    }
}
