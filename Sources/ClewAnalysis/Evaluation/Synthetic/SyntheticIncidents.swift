import ClewModel

/// Makes incidents of a synthetic shop with faults that are known: telemetry of twelve services in a quiet window and in one
/// with the fault, and with noise that is none.
///
/// Equal seeds give equal incidents, on every machine and at every time. Durations are log-normal with a heavier tail;
/// own work takes a few percent more or less in each window, and some requests fail in all of them.
public struct SyntheticIncidents: Sendable {
    public static let system = "synthetic-shop"

    public let seed: UInt64
    /// Requests in a window; twice as many where the load doubles.
    public let requests: ClosedRange<Int>
    /// Whether some incidents have skewed clocks, lost spans or a doubled load.
    public let isNoisy: Bool

    public init(seed: UInt64 = 1, requests: ClosedRange<Int> = 400...600, isNoisy: Bool = true) {
        self.seed = seed
        self.isNoisy = isNoisy
        self.requests = max(1, requests.lowerBound)...max(1, requests.upperBound)
    }

    /// The incident of a number, from 0; it does not depend on those before it.
    ///
    /// - Parameter fault: What is wrong; by default the faults take turns by number.
    public func incident(_ number: Int, fault: SyntheticFault? = nil) -> Incident {
        let number = UInt64(number.magnitude)
        let faults = SyntheticFault.allCases
        let fault = fault ?? faults[Int(number % UInt64(faults.count))]
        var random = SyntheticRandom(seed: SplitMix64.mix(seed ^ SplitMix64.mix(number)))
        let (quiet, troubled) = Self.windows(number)
        let injections = Self.injections(fault, in: troubled, using: &random)
        let noise = isNoisy ? Self.noise(fault, using: &random) : []

        var before = SyntheticConditions(window: quiet)
        var now = SyntheticConditions(window: troubled, injections: injections)
        Self.vary(&before, using: &random)
        Self.vary(&now, using: &random)
        Self.add(noise, to: &before, &now, using: &random)
        let (few, many) = (random.number(requests), random.number(requests) * (noise.contains(.load) ? 2 : 1))
        let beforeSide = play(before, few, using: &random)
        let nowSide = play(now, many, using: &random)
        return Incident(
            name: Self.name(number, fault, injections),
            truth: Self.truth(fault, injections, noise, nowSide), before: beforeSide, now: nowSide,
            start: troubled.lowerBound)
    }

    private func play(
        _ conditions: SyntheticConditions, _ count: Int, using random: inout SyntheticRandom
    ) -> Incident.Side {
        var play = SyntheticPlay(conditions, seed: random.generator.next())
        play.play(requests: count)
        return Incident.Side(spans: play.spans, records: play.records)
    }

    // MARK: - Times

    /// 2026-01-01 00:00 UTC: incidents have no clock.
    private static let epoch: UnixNanoseconds = 1_767_225_600 * .nanosecondsPerSecond
    private static let length: UInt64 = 300 * .nanosecondsPerSecond

    /// An hour for each number: five quiet minutes, and five a quarter of an hour later.
    private static func windows(
        _ number: UInt64
    ) -> (quiet: Range<UnixNanoseconds>, troubled: Range<UnixNanoseconds>) {
        let start = epoch + number % 1_000_000 * 3600 * .nanosecondsPerSecond
        let later = start + 900 * .nanosecondsPerSecond
        return (start..<(start + length), later..<(later + length))
    }

    // MARK: - Faults and noise

    private static func injections(
        _ fault: SyntheticFault, in window: Range<UnixNanoseconds>, using random: inout SyntheticRandom
    ) -> [SyntheticInjection] {
        let faults: [SyntheticFault] =
            switch fault {
            case .twoFaults: Array(SyntheticFault.combined.shuffled(using: &random.generator).prefix(2))
            default: [fault]
            }
        var injections: [SyntheticInjection] = []
        for fault in faults {
            let free = fault.candidates.filter { service in !injections.contains { $0.service == service } }
            guard let service = free.randomElement(using: &random.generator) else { continue }
            injections.append(SyntheticInjection(fault, service, in: window, using: &random))
        }
        return injections
    }

    /// Each with a chance of its own; more where there is no fault, since there they must not look like one.
    private static func noise(_ fault: SyntheticFault, using random: inout SyntheticRandom) -> [SyntheticNoise] {
        let share = fault == .noFault ? 0.5 : 0.25
        return SyntheticNoise.allCases.filter { _ in random.chance(share) }
    }

    private static func vary(_ conditions: inout SyntheticConditions, using random: inout SyntheticRandom) {
        for service in SyntheticService.allCases {
            conditions.drift[service] = SyntheticRandom.exp(0.03 * random.normal())
        }
    }

    private static func add(
        _ noise: [SyntheticNoise], to before: inout SyntheticConditions, _ now: inout SyntheticConditions,
        using random: inout SyntheticRandom
    ) {
        if noise.contains(.skew) {
            before.clockOffsets = offsets(using: &random)
            now.clockOffsets = offsets(using: &random)
        }
        if noise.contains(.lostSpans) {
            now.lostShare = 0.3
            // Whatever loses spans may have been there before, or be new.
            before.lostShare = random.chance(0.5) ? 0.3 : 0
        }
        if noise.contains(.load) { now.load = random.uniform(1...1.1) }
    }

    /// Two hosts in five have the right time.
    private static func offsets(using random: inout SyntheticRandom) -> [Int64] {
        var offsets: [Int64] = []
        for _ in 0..<SyntheticFleet.hosts {
            offsets.append(random.chance(0.4) ? 0 : Int64(random.uniform(-2e9...2e9)))
        }
        return offsets
    }

    // MARK: - Truth

    /// As of the incidents on disk: a directory for the system's day, and in it one for the case.
    private static func name(_ number: UInt64, _ fault: SyntheticFault, _ injections: [SyntheticInjection]) -> String {
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let words = [padded] + injections.map(\.service.rawValue) + [fault.rawValue]
        return "\(system)-\(padded)/\(words.joined(separator: "-"))"
    }

    private static func truth(
        _ fault: SyntheticFault, _ injections: [SyntheticInjection], _ noise: [SyntheticNoise], _ side: Incident.Side
    ) -> IncidentTruth {
        IncidentTruth(
            system: system, fault: fault.rawValue, services: injections.map(\.service.rawValue),
            pod: fault == .hotInstance ? injections.first.map(hotPod) : nil,
            faults: injections.count > 1 ? injections.map { "\($0.fault.rawValue) \($0.service.rawValue)" } : nil,
            noise: noise.isEmpty ? nil : noise.map(\.rawValue), spans: side.spans.count, logs: side.records.count)
    }

    private static func hotPod(_ injection: SyntheticInjection) -> String {
        "\(injection.service.rawValue)-\(SyntheticInstance.hotNumber)"
    }
}
