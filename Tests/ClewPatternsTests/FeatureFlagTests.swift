import Clew
import ClewModel
import ClewTesting
import FoundationEssentials
import Testing
import Tracing

@testable import ClewPatterns

@Suite("The hash of a roll-out")
struct RolloutHashTests {
    @Test(
        "begins with FNV-1a, by the vectors of its authors",
        arguments: [
            ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8),
        ] as [(String, UInt64)])
    func fnv1a(text: String, hash: UInt64) {
        #expect(RolloutHash.fnv1a(text.utf8, RolloutHash.offsetBasis) == hash)
    }

    // Computed by another implementation, in Python. If one fails, all users of all flags have moved.
    @Test(
        "never changes",
        arguments: [
            ("", "", 0x4F2D_B50F_1240_40CD, 3092), ("a", "b", 0x552D_4556_57D9_1379, 3327),
            ("checkout-v2", "user-1", 0xC899_1088_560C_230D, 7835),
            ("checkout-v2", "user-2", 0x52DD_3BDF_0C5E_5DCD, 3236),
            ("new-search", "user-1", 0x5129_A74A_B832_511A, 3170),
            ("ab", "c", 0x0A52_C632_FCE1_F7D1, 403), ("a", "bc", 0x54CB_1647_ADBE_0435, 3312),
            ("größe", "名前", 0xD5AA_2E5A_2EC1_8F9A, 8346),
        ] as [(String, String, UInt64, Int)])
    func knownAnswers(key: String, id: String, hash: UInt64, bucket: Int) {
        #expect(RolloutHash.hash(key: key, id: id) == hash)
        #expect(RolloutHash.bucket(key: key, id: id) == bucket)
    }

    @Test("fills its buckets evenly, for ids that differ in their last digits only", arguments: ["a", "checkout-v2"])
    func uniformity(key: String) {
        let (ids, cells) = (100_000, 100)
        var counts = Array(repeating: 0, count: cells)
        for id in 0..<ids {
            counts[RolloutHash.bucket(key: key, id: "user-\(id)") * cells / RolloutHash.buckets] += 1
        }
        let (mean, share) = (Double(ids) / Double(cells), 1 / Double(cells))
        let sigma = (Double(ids) * share * (1 - share)).squareRoot()
        for (cell, count) in counts.enumerated() {
            #expect(abs(Double(count) - mean) < 5 * sigma, "cell \(cell) has \(count)")
        }
        // Chi-square has the mean n and the variance 2n for n degrees of freedom.
        let chiSquare = counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean }
        let freedom = Double(cells - 1)
        #expect(abs(chiSquare - freedom) < 5 * (2 * freedom).squareRoot())
    }

    @Test("puts an id into unrelated buckets for two flags")
    func independence() {
        let (ids, cells) = (100_000, 10)
        var counts = Array(repeating: 0, count: cells * cells)
        for id in 0..<ids {
            let row = RolloutHash.bucket(key: "flag-1", id: "\(id)") * cells / RolloutHash.buckets
            let column = RolloutHash.bucket(key: "flag-2", id: "\(id)") * cells / RolloutHash.buckets
            counts[row * cells + column] += 1
        }
        let mean = Double(ids) / Double(counts.count)
        let chiSquare = counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean }
        let freedom = Double(counts.count - 1)
        #expect(abs(chiSquare - freedom) < 5 * (2 * freedom).squareRoot())
    }
}

@Suite("A feature flag")
struct FeatureFlagTests {
    private let key = "checkout-v2"

    private func flags(_ flag: FeatureFlag) throws -> FeatureFlags {
        let flags = FeatureFlags()
        try flags.set(flag)
        return flags
    }

    @Test("is on for a share of ids within 5 sigma of its percentage", arguments: [0.01, 0.29, 1, 5, 50, 99, 99.99])
    func share(percentage: Double) throws {
        let flags = try flags(FeatureFlag(key: key, isOn: true, percentage: percentage))
        let (ids, share) = (100_000, percentage / 100)
        let count = (0..<ids).count { flags.isOn(key, for: "user-\($0)") }
        let sigma = (Double(ids) * share * (1 - share)).squareRoot()
        #expect(abs(Double(count) - Double(ids) * share) < 5 * sigma)
    }

    @Test("keeps every id that it has when the percentage grows, and has none at 0 and all at 100")
    func monotone() throws {
        let flags = FeatureFlags()
        let ids = (0..<2000).map { "user-\($0)" }
        var before: Set<String> = []
        for percentage in [0, 0.01, 0.5, 1, 5, 10, 25, 50, 75, 99, 99.99, 100] {
            try flags.set(FeatureFlag(key: key, isOn: true, percentage: percentage))
            let now = Set(ids.filter { flags.isOn(key, for: $0) })
            #expect(now.isSuperset(of: before), "\(percentage)")
            if percentage == 0 { #expect(now.isEmpty) }
            before = now
        }
        #expect(before.count == ids.count)
    }

    @Test("turns on for an id exactly above its bucket")
    func boundary() {
        var flag = FeatureFlag(key: key, isOn: true)
        for (id, bucket) in [("user-1", 7835), ("user-2", 3236)] {
            flag.percentage = Double(bucket) / 100
            #expect(flag.evaluate(id)?.isOn == false)
            flag.percentage = Double(bucket + 1) / 100
            #expect(flag.evaluate(id)?.isOn == true)
        }
    }

    @Test(
        "takes percentages of any size, in steps of 0.01",
        arguments: [
            (.nan, 0), (-.infinity, 0), (-1, 0), (-0.0, 0), (.leastNonzeroMagnitude, 0), (0.004, 0), (0.006, 0.01),
            (0.29, 0.29), (33.333, 33.33), (99.99, 99.99), (100, 100), (100.01, 100), (.infinity, 100),
            (.greatestFiniteMagnitude, 100),
        ] as [(Double, Double)])
    func percentages(given: Double, taken: Double) {
        var flag = FeatureFlag(key: key, isOn: true, percentage: given)
        #expect(flag.percentage == taken)
        flag.percentage = 50
        flag.percentage = given
        #expect(flag.percentage == taken)
    }

    @Test("gives back each of its steps")
    func steps() {
        let moved = (0...10_000).filter { hundredths in
            FeatureFlag(key: key, isOn: true, percentage: Double(hundredths) / 100).hundredths != hundredths
        }
        #expect(moved.isEmpty)
    }

    @Test("obeys its main switch, then the ids it is never on for, then those it is always on for, then its share")
    func precedence() {
        for isOn in [true, false] {
            for percentage in [0, 50, 100.0] {
                for isAlways in [true, false] {
                    for isNever in [true, false] {
                        // Its bucket is 32.36 %.
                        let id = "user-2"
                        let flag = FeatureFlag(
                            key: key, isOn: isOn, percentage: percentage, alwaysOn: isAlways ? [id] : [],
                            neverOn: isNever ? [id] : [])
                        let answer = flag.evaluate(id)
                        #expect(answer?.isOn == (isOn && !isNever && (isAlways || percentage > 0)))
                        let share = percentage == 50 ? FeatureFlag.Reason.split : .static
                        #expect(answer?.reason == (!isOn ? .disabled : isNever || isAlways ? .targetingMatch : share))
                    }
                }
            }
        }
    }

    @Test("gives the default for a key it does not know, and for an empty id where the id is needed")
    func defaults() throws {
        let flags = try flags(FeatureFlag(key: key, isOn: true, percentage: 50))
        for value in [true, false] {
            #expect(flags.isOn("other", for: "user-1", default: value) == value)
            #expect(flags.isOn(key, for: "", default: value) == value)
        }
        #expect(!flags.isOn("other", for: "user-1"))
        try flags.set(FeatureFlag(key: key, isOn: true))
        #expect(flags.isOn(key, for: ""))
    }
}

@Suite("The events of feature flags")
struct FeatureFlagEventTests {
    private func event(
        _ flag: FeatureFlag?, recordsIDs: Bool = false, id: String = "user-2", default: Bool = false
    ) async throws -> [String: AttributeValue] {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "gateway"), exporter: exporter)
        let flags = FeatureFlags(recordsIDs: recordsIDs)
        if let flag { try flags.set(flag) }
        let span = telemetry.tracer.startSpan("price")
        _ = flags.isOn("checkout-v2", for: id, default: `default`, span: span)
        span.end()
        await telemetry.shutdown()
        let events = exporter.spans(named: "price").flatMap(\.events)
        #expect(events.map(\.name) == [SemanticConventions.featureFlagEvaluationEvent])
        let names = [
            SemanticConventions.featureFlagKey, SemanticConventions.featureFlagVariant,
            SemanticConventions.featureFlagReason, SemanticConventions.featureFlagProviderName,
            SemanticConventions.featureFlagContextID, SemanticConventions.errorType,
        ]
        var attributes: [String: AttributeValue] = [:]
        for name in names { attributes[name] = events.first?.attributes[name] }
        return attributes
    }

    private func flag(_ percentage: Double, isOn: Bool = true) -> FeatureFlag {
        FeatureFlag(
            key: "checkout-v2", isOn: isOn, percentage: percentage, alwaysOn: ["tester"], neverOn: ["customer"])
    }

    private func expected(_ variant: String, _ reason: String) -> [String: AttributeValue] {
        [
            "feature_flag.key": .string("checkout-v2"), "feature_flag.result.variant": .string(variant),
            "feature_flag.result.reason": .string(reason), "feature_flag.provider.name": .string("clew"),
        ]
    }

    @Test("say which variant was given and why")
    func reasons() async throws {
        #expect(try await event(flag(100)) == expected("on", "static"))
        #expect(try await event(flag(0)) == expected("off", "static"))
        #expect(try await event(flag(32.37)) == expected("on", "split"))
        #expect(try await event(flag(32.36)) == expected("off", "split"))
        #expect(try await event(flag(0), id: "tester") == expected("on", "targeting_match"))
        #expect(try await event(flag(100), id: "customer") == expected("off", "targeting_match"))
        #expect(try await event(flag(100, isOn: false), id: "tester") == expected("off", "disabled"))
        #expect(try await event(nil) == expected("off", "default"))
        #expect(try await event(nil, default: true) == expected("on", "default"))
    }

    @Test("name the error where an id is needed and empty")
    func emptyID() async throws {
        var attributes = expected("on", "error")
        attributes["error.type"] = .string("targeting_key_missing")
        #expect(try await event(flag(50), id: "", default: true) == attributes)
    }

    @Test("name the id only if that is asked for")
    func ids() async throws {
        var attributes = expected("on", "static")
        attributes["feature_flag.context.id"] = .string("user-2")
        #expect(try await event(flag(100), recordsIDs: true) == attributes)
    }
}

@Suite("A table of feature flags")
struct FeatureFlagTableTests {
    private static let old = FeatureFlag(key: "old", isOn: true)

    private func error(of json: String, capacity: Int = 3) throws -> FeatureFlagError? {
        let flags = FeatureFlags(capacity: capacity)
        try flags.set(Self.old)
        let error = #expect(throws: FeatureFlagError.self) { try flags.load(json: json) }
        #expect(flags.all == [Self.old], "is changed by what it refused")
        return error
    }

    @Test("can be changed at any time")
    func changes() throws {
        let flags = FeatureFlags()
        try flags.set(FeatureFlag(key: "a", isOn: false))
        #expect(!flags.isOn("a", for: "user-1", default: true))
        try flags.set(FeatureFlag(key: "a", isOn: true))
        #expect(flags.isOn("a", for: "user-1"))
        try flags.replaceAll([FeatureFlag(key: "b", isOn: true)])
        #expect(!flags.isOn("a", for: "user-1") && flags.isOn("b", for: "user-1"))
        #expect(flags.remove("b"))
        #expect(!flags.remove("b"))
        #expect(flags.all.isEmpty)
    }

    @Test("holds no more flags than it may, but can always replace one", arguments: [Int.min, 0, 1, 2])
    func capacity(capacity: Int) throws {
        let flags = FeatureFlags(capacity: capacity)
        let room = max(1, capacity)
        #expect(flags.capacity == room)
        for number in 0..<room { try flags.set(FeatureFlag(key: "\(number)", isOn: false)) }
        let error = #expect(throws: FeatureFlagError.self) { try flags.set(Self.old) }
        #expect(error?.code == .tooMany)
        #expect(error?.flag == "old")
        try flags.set(FeatureFlag(key: "0", isOn: true))
        #expect(flags.isOn("0", for: "user-1"))
        flags.remove("0")
        try flags.set(Self.old)
        #expect(flags.all.count == room)
    }

    @Test("refuses flags without a key or with too many ids")
    func refusals() throws {
        let flags = FeatureFlags()
        let nameless = #expect(throws: FeatureFlagError.self) { try flags.set(FeatureFlag(key: "", isOn: true)) }
        #expect(nameless?.code == .missingField)
        let most = Set((0..<FeatureFlags.maximumIDs).map { "\($0)" })
        try flags.set(FeatureFlag(key: "a", isOn: true, alwaysOn: most, neverOn: most))
        let error = #expect(throws: FeatureFlagError.self) {
            try flags.set(FeatureFlag(key: "a", isOn: true, neverOn: most.union(["one more"])))
        }
        #expect(error?.code == .tooMany)
        #expect(error?.flag == "a")
        #expect(error?.field == "neverOn")
    }

    @Test("reads the JSON that it is written as")
    func roundTrip() throws {
        var random = SplitMix64(seed: 7)
        let all = (0..<50).map { number in
            FeatureFlag(
                key: "flag \"\(number)\" \u{1F6A9}", isOn: .random(using: &random),
                percentage: .random(in: 0...100, using: &random), alwaysOn: ["größe", "\(number)"],
                neverOn: number.isMultiple(of: 2) ? [] : ["\n", "\\"])
        }
        let flags = FeatureFlags()
        let bytes = try JSONEncoder().encode(all)
        try flags.load(json: bytes)
        #expect(Set(flags.all) == Set(all))
        try flags.replaceAll([])
        try flags.load(json: String(decoding: bytes, as: UTF8.self))
        #expect(Set(flags.all) == Set(all))
    }

    @Test("gives fields that are left out their defaults, and brings a percentage into its range")
    func leftOut() throws {
        let flags = FeatureFlags()
        try flags.load(json: #"[{"key": "a", "isOn": true}, {"key": "b", "isOn": false, "percentage": 400}]"#)
        #expect(flags.all == [FeatureFlag(key: "a", isOn: true), FeatureFlag(key: "b", isOn: false)])
        try flags.load(json: "[]")
        #expect(flags.all.isEmpty)
    }

    @Test(
        "names the flag and the field that are wrong, and keeps what it has",
        arguments: [
            (#"[{"key": "a", "isOn": true}, {"isOn": true}]"#, .missingField, "#2", "key"),
            (#"[{"key": "", "isOn": true}]"#, .missingField, "", "key"),
            (#"[{"key": "a"}]"#, .missingField, "a", "isOn"),
            (#"[{"key": 1, "isOn": true}]"#, .wrongType, "#1", "key"),
            (#"[{"key": "a", "isOn": true}, 7]"#, .wrongType, "#2", nil),
            (#"[{"key": "a", "isOn": "yes"}]"#, .wrongType, "a", "isOn"),
            (#"[{"key": "a", "isOn": 1}]"#, .wrongType, "a", "isOn"),
            (#"[{"key": "a", "isOn": null}]"#, .wrongType, "a", "isOn"),
            (#"[{"key": "a", "isOn": true, "percentage": "5"}]"#, .wrongType, "a", "percentage"),
            (#"[{"key": "a", "isOn": true, "percentage": null}]"#, .wrongType, "a", "percentage"),
            (#"[{"key": "a", "isOn": true, "alwaysOn": "user-1"}]"#, .wrongType, "a", "alwaysOn"),
            (#"[{"key": "a", "isOn": true, "neverOn": ["user-1", 2]}]"#, .wrongType, "a", "neverOn"),
            (#"[{"key": "a", "isOn": true, "percentge": 5}]"#, .unknownField, "a", "percentge"),
            (#"[{"key": "a", "isOn": true}, {"key": "a", "isOn": false}]"#, .duplicate, "a", "key"),
        ] as [(String, FeatureFlagError.Code, String, String?)])
    func badFields(json: String, code: FeatureFlagError.Code, flag: String, field: String?) throws {
        let error = try error(of: json)
        #expect(error?.code == code)
        #expect(error?.flag == flag)
        #expect(error?.field == field)
        #expect(error?.message.contains("flag '\(flag)'") == true)
        if let field { #expect(error?.message.contains("field '\(field)'") == true) }
    }

    @Test(
        "refuses what is not a list in JSON",
        arguments: ["", " ", "{}", "null", "[", "[{]", "[{\"key\": \"a\", \"isOn\": true}", "[] []", "flags"])
    func malformed(json: String) throws {
        #expect(try error(of: json)?.code == .malformed)
    }

    @Test("refuses too many flags, brackets and bytes")
    func tooMuch() throws {
        let four = (0..<4).map { #"{"key": "\#($0)", "isOn": true}"# }.joined(separator: ", ")
        let error = try error(of: "[\(four)]")
        #expect(error?.code == .tooMany)
        #expect(error?.flag == "3")
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(try self.error(of: deep)?.code == .malformed)
        let inside = #"[{"key": "a", "isOn": true, "alwaysOn": \#(deep)}]"#
        #expect(try self.error(of: inside)?.code == .malformed)
        let long = "[]" + String(repeating: " ", count: FeatureFlags.maximumBytes - 1)
        #expect(try self.error(of: long)?.code == .tooLarge)
    }

    @Test("never crashes on damaged JSON")
    func damage() {
        var random = SplitMix64(seed: 42)
        let text = #"[{"key": "a", "isOn": true, "percentage": 5.25, "alwaysOn": ["x", "y"], "neverOn": []}]"#
        let flags = FeatureFlags()
        for _ in 0..<5000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let byte = bytes.remove(at: place)
                if Bool.random(using: &random) {
                    bytes.insert(byte ^ .random(in: 1...255, using: &random), at: place)
                }
            }
            do throws(FeatureFlagError) {
                try flags.load(json: bytes)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test("answers from one whole table while others replace it")
    func concurrency() async throws {
        let flags = FeatureFlags()
        // Each is on in one table only, and the third in both.
        let first = [FeatureFlag(key: "a", isOn: true), FeatureFlag(key: "c", isOn: true)]
        let second = [FeatureFlag(key: "b", isOn: true), FeatureFlag(key: "c", isOn: true)]
        try flags.replaceAll(first)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    for round in 0..<1000 {
                        try flags.replaceAll((round + writer).isMultiple(of: 2) ? first : second)
                    }
                }
            }
            for reader in 0..<4 {
                group.addTask {
                    var misses = 0
                    for round in 0..<1000 {
                        if !flags.isOn("c", for: "user-\(reader)-\(round)") { misses += 1 }
                        let keys = flags.all.map(\.key)
                        if keys != ["a", "c"] && keys != ["b", "c"] { misses += 1 }
                    }
                    #expect(misses == 0)
                }
            }
            try await group.waitForAll()
        }
    }
}
