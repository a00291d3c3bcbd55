import ClewModel

/// Retries inside of retries: each layer multiplies the calls of the one below.
struct NestedRetries: AuditDetector {
    static let rule = AuditRule(
        name: "nested-retries",
        title: "retry amplification across layers",
        severity: .high,
        detection: """
            In at least `traces` traces a call is repeated while one that it is made for is repeated too, at least \
            `levels` levels of them.
            """,
        harm: "Three attempts on each of three layers are 27 calls to a service that already fails.",
        refutation: "The layers repeat for different reasons, and never both in one request; the evidence shows both.",
        advice: """
            Repeat in one layer only, next to what fails; let the others pass the failure on, and mark it as not to \
            be repeated.
            """,
        parameters: [
            .init("levels", 2, "layers that repeat at once"),
            .init("traces", 5, "traces that show it"),
        ])

    /// A repeated call and those around it.
    private struct Level {
        var depth: Int
        /// The place of the next repeated call outside, among those of the trace.
        var outer: Int?
        var outermost: Int
        var isInnermost = true
    }

    /// What the attempts of a repeated call show together: many calls may lie below one.
    private struct Sum {
        /// Nanoseconds of the attempts after the first.
        var repeats: UInt64
        var isTyped: Bool

        init(_ call: RepeatedCall, _ trace: AuditTrace) {
            repeats = call.repeats.reduce(UInt64(0)) { $0.saturatingAdd(trace.duration($1.span)) }
            isTyped = call.attempts.allSatisfy(\.isTyped)
        }
    }

    /// One trace's repeated calls of one hop.
    private struct Nest {
        var innermost: [Int] = []
        var outermost: Set<Int> = []
        var depth = 0
    }

    private struct Place {
        var tally = AuditTally()
        var depth = 0
        var mostAttempts = 0
        /// From the outermost caller on; the lesser by name where several are as long.
        var services: [String] = []
        var isStated = true

        mutating func note(_ found: [String]) {
            guard found.count != services.count else {
                if found.lexicographicallyPrecedes(services) { services = found }
                return
            }
            if found.count > services.count { services = found }
        }
    }

    /// Layers that a finding names: those nearest to what is called.
    private static let longestPlace = 16

    private let levels: Int
    private let minimum: Int
    private var places = BoundedTable<ServiceHop, Place>()
    private var hops = BoundedTable<ServiceHop, Int>()

    init(_ settings: AuditSettings) {
        levels = max(2, settings.count("levels", of: Self.rule))
        minimum = max(1, settings.count("traces", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        let calls = trace.calls()
        for hop in Set(calls.map(\.hop)) { hops.update(hop, initial: 0) { $0 += 1 } }
        let repeated = RepeatedCall.all(in: trace, calls)
        guard repeated.count >= levels else { return }
        let found = Self.levels(of: repeated, trace)
        var nests: [ServiceHop: Nest] = [:]
        for (place, level) in found.enumerated() where level.isInnermost && level.depth >= levels {
            var nest = nests[repeated[place].hop] ?? Nest()
            nest.innermost.append(place)
            nest.outermost.insert(level.outermost)
            nest.depth = max(nest.depth, level.depth)
            nests[repeated[place].hop] = nest
        }
        let sums = repeated.map { Sum($0, trace) }
        for (hop, nest) in nests { count(nest, of: hop, found, repeated, sums, trace) }
    }

    private mutating func count(
        _ nest: Nest, of hop: ServiceHop, _ levels: [Level], _ repeated: [RepeatedCall], _ sums: [Sum],
        _ trace: AuditTrace
    ) {
        let inner = nest.innermost.map { repeated[$0] }
        let attempts = inner.reduce(0) { $0 + $1.attempts.count }
        // Without the layers above, one of these would have been all.
        let vain = attempts - (inner.map(\.attempts.count).max() ?? 0)
        let cost = nest.outermost.reduce(UInt64(0)) { $0.saturatingAdd(sums[$1].repeats) }
        let deepest = nest.innermost.first { levels[$0].depth == nest.depth } ?? 0
        let services = Self.services(to: deepest, levels, repeated)
        let calls = nest.outermost.sorted() + nest.innermost
        let spans = calls.lazy.flatMap { repeated[$0].attempts }.prefix(Finding.Evidence.maximumSpans).map(\.span)
        let isTyped = calls.allSatisfy { sums[$0].isTyped }
        let isStated = calls.allSatisfy { repeated[$0].isStated }
        places.update(hop, initial: Place()) {
            $0.depth = max($0.depth, nest.depth)
            $0.mostAttempts = max($0.mostAttempts, attempts)
            $0.note(services)
            $0.isStated = $0.isStated && isStated
            $0.tally.add(
                nanoseconds: cost, errors: vain, isTyped: isTyped,
                trace.evidence(Array(spans), "\(attempts) attempts on \(nest.depth) levels"))
        }
    }

    /// In the order of the repeated calls: those around one stand before it.
    private static func levels(of repeated: [RepeatedCall], _ trace: AuditTrace) -> [Level] {
        var owners: [Int: Int] = [:]
        for (place, call) in repeated.enumerated() {
            for attempt in call.attempts { owners[attempt.span] = place }
        }
        var around = Array(repeating: -1, count: trace.spans.count)
        for index in trace.indices {
            guard let parent = trace.trace.parent(of: index) else { continue }
            around[index] = owners[parent] ?? around[parent]
        }
        var levels: [Level] = []
        for (place, call) in repeated.enumerated() {
            let outer = around[call.attempts[0].span]
            if outer >= 0, outer < levels.count {
                levels[outer].isInnermost = false
                levels.append(Level(depth: levels[outer].depth + 1, outer: outer, outermost: levels[outer].outermost))
            } else {
                levels.append(Level(depth: 1, outer: nil, outermost: place))
            }
        }
        return levels
    }

    /// The callers of a nest from the outermost on, and the callee; of a deep nest only the nearest of them.
    private static func services(to innermost: Int, _ levels: [Level], _ repeated: [RepeatedCall]) -> [String] {
        var services = [repeated[innermost].hop.callee]
        var place: Int? = innermost
        while let level = place, services.count <= longestPlace {
            services.append(repeated[level].hop.caller)
            place = levels[level].outer
        }
        return services.reversed()
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        places.values.filter { $0.value.tally.occurrences >= minimum }.map { hop, place in
            Finding(
                rule: Self.rule,
                confidence: !place.tally.isTyped ? .possible : place.isStated ? .certain : .likely,
                place: hop.text,
                services: place.services,
                summary: """
                    \(place.depth) layers repeat at once, \(place.services.joined(separator: " -> ")): up to \
                    \(place.mostAttempts) calls to \(hop.callee) for one request
                    """,
                occurrences: place.tally.occurrences,
                population: hops[hop] ?? place.tally.occurrences,
                cost: place.tally.cost,
                reason: place.isStated
                    ? "the callers count their repetitions, one below the other in one trace"
                    : "the callers do not say that they repeat: the same calls follow their failures, on both levels",
                evidence: place.tally.evidence)
        }
    }
}
