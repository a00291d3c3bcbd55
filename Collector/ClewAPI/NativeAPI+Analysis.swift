import ClewAnalysis
import ClewModel
import ClewQuery

/// Questions that are answered by analysis.
extension NativeAPI {
    func services(_ parameters: QueryParameters) async throws -> Answer {
        struct Services: Encodable {
            var services: [ServiceSummary]
        }
        var rest = parameters
        let window = try TimeWindow(taking: &rest, now: now())
        try rest.requireNone(known: "from", "to", "window")
        return try .json(Services(services: await query.services(window.range)))
    }

    func red(_ parameters: QueryParameters) async throws -> Answer {
        var rest = parameters
        let window = try TimeWindow(taking: &rest, now: now())
        let service = try rest.take("service")
        let step = try rest.take("step").map { try Self.step($0) }
        try rest.requireNone(known: "from", "to", "window", "service", "step")
        return try .json(await query.red(window.range, service: service, step: step))
    }

    func map(_ parameters: QueryParameters) async throws -> Answer {
        var rest = parameters
        let window = try TimeWindow(taking: &rest, now: now())
        try rest.requireNone(known: "from", "to", "window")
        return try .json(SampledAnswer(await query.map(window.range)))
    }

    func slow(_ parameters: QueryParameters) async throws -> Answer {
        struct Reports: Encodable, Sendable {
            var reports: [SlowReport]
        }
        var rest = parameters
        let now = now()
        let window = try TimeWindow(taking: &rest, now: now)
        let question = SlowQuestion(
            window: window.range, baseline: try Self.baseline(taking: &rest, before: window),
            service: try rest.take("service"),
            operation: try rest.take("operation"), limit: try rest.take("limit").map { try Self.limit($0) } ?? 10)
        try rest.requireNone(
            known: "from", "to", "window", "service", "operation", "baseline-from", "baseline-to", "baseline-window",
            "limit")
        let result = try await query.slow(question)
        return try .json(SampledAnswer(Sampled(Reports(reports: result.value), result.sampling)))
    }

    func audit(_ parameters: QueryParameters) async throws -> Answer {
        var rest = parameters
        let window = try TimeWindow(taking: &rest, now: now())
        let settings = try AuditSettings(taking: &rest)
        try rest.requireNone(known: "from", "to", "window", "off", "severity", "tune")
        return try .json(await query.audit(window.range, settings: settings))
    }

    func sagas(_ parameters: QueryParameters) async throws -> Answer {
        var rest = parameters
        let now = now()
        let window = try TimeWindow(taking: &rest, now: now)
        try rest.requireNone(known: "from", "to", "window")
        return try .json(await query.sagas(window.range, now: now))
    }

    private static func step(_ text: String) throws -> UInt64 {
        guard let step = DurationText.parse(text), step > 0 else {
            throw QueryParameterError(name: "step", value: text, expected: "a duration such as 15s")
        }
        return step
    }

    /// The time to compare with, which ends where `window` begins unless the request says otherwise; `nil` where it names
    /// none.
    static func baseline(
        taking parameters: inout QueryParameters, before window: TimeWindow
    ) throws -> Range<UnixNanoseconds>? {
        guard parameters.contains(where: { $0.name.hasPrefix("baseline-") }) else { return nil }
        return try TimeWindow(taking: &parameters, prefix: "baseline-", now: window.range.lowerBound).range
    }

    static func limit(_ text: String) throws -> Int {
        guard let limit = Int(text), limit > 0 else {
            throw QueryParameterError(name: "limit", value: text, expected: "a whole number above zero")
        }
        return min(limit, 100)
    }
}

/// A result with a member `sampling` beside its own.
struct SampledAnswer<Value: Encodable & Sendable>: Encodable {
    private enum Keys: String, CodingKey {
        case sampling
    }

    var result: Sampled<Value>

    init(_ result: Sampled<Value>) {
        self.result = result
    }

    func encode(to encoder: any Encoder) throws {
        try result.value.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(result.sampling, forKey: .sampling)
    }
}
