extension ShopAudit {
    /// What was found.
    public struct Report: Hashable, Sendable {
        /// How many orders are in each state.
        public var orders: [String: Int] = [:]
        /// Sagas that a human has to see to: not in order, but nothing is lost.
        public var parked: [String] = []
        /// What is worth knowing and breaks no promise, such as messages that wait.
        public var notes: [String] = []
        public var problems: [Problem] = []

        /// Messages that wait in queues, as far as is known: the events that they bring are still to come.
        public var waitingMessages = 0

        public init() {}

        /// Whether every promise was kept.
        public var isSound: Bool { problems.isEmpty }
        /// Whether nothing is on its way either.
        public var isAtRest: Bool { isSound && waitingMessages == 0 }
    }
}

extension ShopAudit.Report {
    /// A promise that was not kept.
    public struct Problem: Hashable, Sendable {
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            case unreadable = "not readable"
            case chargedTwice = "charged twice"
            case wrongAmount = "wrong amount"
            case chargedForNothing = "charged for nothing"
            case shippedUnpaid = "shipped unpaid"
            case wrongStock = "wrong stock"
            case unfinishedSaga = "unfinished saga"
            case unpublishedEvent = "unpublished event"
            case lostEvent = "lost event"
        }

        public var kind: Kind
        /// Which one, and what of it.
        public var detail: String

        public init(_ kind: Kind, _ detail: String) {
            self.kind = kind
            self.detail = detail
        }
    }
}

extension ShopAudit.Report.Problem: CustomStringConvertible {
    public var description: String { "\(kind.rawValue): \(detail)" }
}

extension ShopAudit.Report: CustomStringConvertible {
    /// Of long lists, as much as fits a screen.
    private static let longestList = 20

    public var description: String {
        let count = orders.values.reduce(0, +)
        let states = orders.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let verdict = isSound ? "every promise was kept" : "\(problems.count) promises were broken"
        let head = count == 0 ? "no orders: \(verdict)" : "\(count) orders (\(states)): \(verdict)"
        return ([head] + Self.list("broken", problems) + Self.list("parked", parked) + Self.list("note", notes))
            .joined(separator: "\n")
    }

    private static func list(_ title: String, _ lines: [some CustomStringConvertible]) -> [String] {
        let shown = lines.prefix(longestList).map { "  \(title): \($0)" }
        return lines.count > longestList ? shown + ["  \(title): \(lines.count - longestList) more"] : shown
    }
}
