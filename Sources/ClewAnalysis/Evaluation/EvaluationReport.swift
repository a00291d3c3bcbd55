/// How often each method named the service at fault: in all cases, by system and by kind of fault.
///
/// AS@k is the share of cases in which a service at fault is among the first k that a method blames.
public struct EvaluationReport: Hashable, Sendable, Codable {
    /// A method's accuracy over some cases; shares, 0...1.
    public struct Accuracy: Hashable, Sendable, Codable {
        public var method: EvaluationMethod
        public var as1: Double
        public var as3: Double
        public var as5: Double
    }

    /// Some cases and each method's accuracy over them.
    public struct Group: Hashable, Sendable, Codable {
        public var name: String
        public var cases: Int
        /// Cases in which Clew named no cause, because nothing seemed to have changed.
        public var unnamed: Int
        /// One for each method, in the order of ``EvaluationMethod``.
        public var accuracies: [Accuracy]

        public func accuracy(_ method: EvaluationMethod) -> Accuracy? { accuracies.first { $0.method == method } }
    }

    /// All cases with a fault.
    public var all: Group
    /// In the order of their names.
    public var bySystem: [Group]
    public var byFault: [Group]
    /// The cases without one kind of fault each. Nothing is learned from cases, so what is left out cannot have helped.
    public var withoutFault: [Group]
    /// Windows in which nothing was wrong, and those of them in which Clew named a cause.
    public var quietWindows: Int
    public var falseAlarms: Int
    /// Every case, in the order in which they came.
    public var cases: [EvaluatedCase]

    public init(_ cases: [EvaluatedCase]) {
        let faulty = cases.filter(\.isFaulty)
        let quiet = cases.filter { !$0.isFaulty }
        let faults = Set(faulty.map(\.truth.fault)).sorted()
        all = Self.group("all", faulty)
        bySystem = Set(faulty.map(\.truth.system)).sorted().map { system in
            Self.group(system, faulty.filter { $0.truth.system == system })
        }
        byFault = faults.map { fault in Self.group(fault, faulty.filter { $0.truth.fault == fault }) }
        withoutFault =
            faults.count < 2
            ? [] : faults.map { fault in Self.group(fault, faulty.filter { $0.truth.fault != fault }) }
        quietWindows = quiet.count
        falseAlarms = quiet.count { $0.cause != nil }
        self.cases = cases
    }

    /// The cases in which another service than the one at fault came first, or none.
    public var misses: [EvaluatedCase] { cases.filter { $0.isFaulty && !$0.isFound(by: .clew, among: 1) } }

    private static func group(_ name: String, _ cases: [EvaluatedCase]) -> Group {
        Group(
            name: name, cases: cases.count, unnamed: cases.count { $0.cause == nil },
            accuracies: EvaluationMethod.allCases.map { method in
                func share(_ count: Int) -> Double {
                    let found = cases.count { $0.isFound(by: method, among: count) }
                    return cases.isEmpty ? 0 : Double(found) / Double(cases.count)
                }
                return Accuracy(method: method, as1: share(1), as3: share(3), as5: share(5))
            })
    }
}
