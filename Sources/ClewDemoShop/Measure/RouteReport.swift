public import Foundation

/// The part of `clew red SERVICE --json` that a measurement reads.
public struct RouteReport: Hashable, Sendable {
    private struct Answer: Decodable {
        struct Row: Decodable {
            struct Durations: Decodable {
                var p99: UInt64
            }

            var operation: String
            var count: Int
            var errors: Int
            var durations: Durations

            var isPossible: Bool { errors >= 0 && errors <= count && count <= RouteReport.mostRequests }
        }

        var from: UInt64
        var to: UInt64
        var rows: [Row]
    }

    /// Far more than any run sends, and so few that no sum overflows.
    private static let mostRequests = 1 << 40

    private let figures: [String: RouteFigures]

    /// - Throws: ``ShopError/Code/malformedAnswer``.
    public init(json: Data) throws(ShopError) {
        let answer: Answer
        do {
            answer = try JSONDecoder().decode(Answer.self, from: json)
        } catch {
            let start = String(decoding: json.prefix(200), as: UTF8.self)
            throw ShopError(.malformedAnswer, "'clew red --json' answered \(start)", cause: error)
        }
        guard answer.to > answer.from, answer.rows.allSatisfy(\.isPossible) else {
            throw ShopError(.malformedAnswer, "'clew red --json' answered for no time, or more errors than requests")
        }
        let seconds = Double(answer.to - answer.from) / 1e9
        // An operation without a name is the whole service.
        figures = answer.rows.filter { !$0.operation.isEmpty }.reduce(into: [:]) { figures, row in
            figures[row.operation] = RouteFigures(
                requests: row.count, errors: row.errors, goodput: Double(row.count - row.errors) / seconds,
                p99: Double(row.durations.p99) / 1e9)
        }
    }

    /// Requests of all routes.
    public var requests: Int { figures.values.reduce(0) { $0 + $1.requests } }

    /// What became of the requests of one route; nothing where there was none.
    public func figures(of route: String) -> RouteFigures {
        figures[route] ?? RouteFigures(requests: 0, errors: 0, goodput: 0, p99: 0)
    }
}
