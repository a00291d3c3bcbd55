import ClewModel
import FoundationEssentials
import Synchronization
public import Tracing

/// Turns features on and off while the program runs, for all or for a share of the users.
///
/// ```swift
/// let flags = FeatureFlags()
/// try flags.load(json: text)
/// let price = flags.isOn("checkout-v2", for: user.id, span: span) ? try await canary.price() : try await stable.price()
/// ```
///
/// The share is of ids, not of calls: an id gets the same answer in every process that has the same flags, and a percentage
/// that grows only adds ids. Each flag cuts the ids anew, so that it is not always the same users who try what is new. A
/// canary gets its share of the traffic by the id of a user or session; that of a request would send a user to and fro.
///
/// *When not to use it*: for secrets and permissions, as a flag fails to its default and its lists are no access control; for
/// settings that must be the same throughout a transaction, as a flag may change between two questions: ask once and keep
/// the answer; and for anything that stays. Each flag doubles the ways that a program can run: remove it from the code,
/// then from the table, when it is rolled out.
///
/// Telemetry: event `feature_flag.evaluation` on the span. The id is left out by default, as it may name a person.
///
/// Source: P. Hodgson, "Feature Toggles" (martinfowler.com, 2017); names and reasons by the feature-flag conventions of
/// OpenTelemetry and the OpenFeature specification.
public final class FeatureFlags: Sendable {
    /// Ids in each list of a flag; a list of more is a segment, which belongs into a percentage or an attribute of the user.
    public static let maximumIDs = 10_000
    /// Bytes of JSON that ``load(json:)-(String)`` reads: 16 MiB.
    public static let maximumBytes = 16 << 20

    /// How many flags it holds at most.
    public let capacity: Int
    private let recordsIDs: Bool
    private let table = Mutex<[String: FeatureFlag]>([:])

    /// - Parameters:
    ///   - capacity: How many flags it holds at most; default 1000, at least 1.
    ///   - recordsIDs: Whether events say who asked, as `feature_flag.context.id`; default `false`.
    public init(capacity: Int = 1000, recordsIDs: Bool = false) {
        self.capacity = max(1, capacity)
        self.recordsIDs = recordsIDs
    }

    /// The flags at the moment, by key.
    public var all: [FeatureFlag] { table.withLock { Array($0.values) }.sorted { $0.key < $1.key } }

    // MARK: - Questions

    /// Whether a flag is on for an id.
    ///
    /// - Parameters:
    ///   - key: Which flag.
    ///   - id: Who asks, such as a user. Ids are compared by their bytes in the percentage: give them in one spelling.
    ///   - default: The answer if there is no such flag, or if the flag has a percentage between 0 and 100 and the id is
    ///     empty; by default `false`.
    ///   - span: The span of the request, for an event with the answer and its reason.
    public func isOn(
        _ key: String, for id: String, default: Bool = false, span: (any Tracing.Span)? = nil
    ) -> Bool {
        // A copy of references alone: what it takes to decide is not under the lock.
        let flag = table.withLock { $0[key] }
        let answer = flag.map { $0.evaluate(id) ?? (`default`, .error) } ?? (`default`, .default)
        if let span, span.isRecording { record(key, id, answer.isOn, answer.reason, span) }
        return answer.isOn
    }

    private func record(
        _ key: String, _ id: String, _ isOn: Bool, _ reason: FeatureFlag.Reason, _ span: any Tracing.Span
    ) {
        var attributes: SpanAttributes = [SemanticConventions.featureFlagKey: .string(key)]
        attributes[SemanticConventions.featureFlagVariant] = isOn ? "on" : "off"
        attributes[SemanticConventions.featureFlagReason] = reason.rawValue
        attributes[SemanticConventions.featureFlagProviderName] = "clew"
        if recordsIDs { attributes[SemanticConventions.featureFlagContextID] = id }
        // The only error there is; the name is the convention's.
        if reason == .error { attributes[SemanticConventions.errorType] = "targeting_key_missing" }
        span.addEvent(Tracing.SpanEvent(name: SemanticConventions.featureFlagEvaluationEvent, attributes: attributes))
    }

    // MARK: - Changes

    /// Adds a flag, or replaces the one of the same key.
    ///
    /// - Throws: ``FeatureFlagError`` where the flag has no key or too many ids, or the table is full.
    public func set(_ flag: FeatureFlag) throws(FeatureFlagError) {
        try Self.check(flag)
        let isSet = table.withLock { table in
            guard table[flag.key] != nil || table.count < capacity else { return false }
            table[flag.key] = flag
            return true
        }
        guard isSet else { throw full(flag.key) }
    }

    /// Replaces all flags at once; if it throws, all stay as they were.
    ///
    /// - Throws: ``FeatureFlagError`` where a flag has no key or too many ids, where two have one key, or where there are
    ///   too many.
    public func replaceAll(_ flags: [FeatureFlag]) throws(FeatureFlagError) {
        var new: [String: FeatureFlag] = [:]
        for flag in flags {
            try Self.check(flag)
            guard new[flag.key] == nil else {
                throw FeatureFlagError(.duplicate, flag: flag.key, field: "key", "is there twice: remove one of them")
            }
            guard new.count < capacity else { throw full(flag.key) }
            new[flag.key] = flag
        }
        table.withLock { $0 = new }
    }

    /// Removes a flag: from now on each question gets its own default.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    public func remove(_ key: String) -> Bool {
        table.withLock { $0.removeValue(forKey: key) } != nil
    }

    /// Replaces all flags by those of a JSON text, a list of objects as ``FeatureFlag`` describes them.
    ///
    /// Of a field that one object has twice, either may be taken: JSON leaves that open.
    ///
    /// - Throws: ``FeatureFlagError``, which names flag and field; all flags stay as they were.
    public func load(json: String) throws(FeatureFlagError) {
        try load(json: json.utf8)
    }

    /// Replaces all flags by those of a JSON text in UTF-8; see ``load(json:)-(String)``.
    ///
    /// - Throws: ``FeatureFlagError``, which names flag and field; all flags stay as they were.
    public func load(json: some Sequence<UInt8>) throws(FeatureFlagError) {
        let bytes = Data(json.prefix(Self.maximumBytes + 1))
        guard bytes.count <= Self.maximumBytes else {
            throw FeatureFlagError(.tooLarge, "is longer than \(Self.maximumBytes) bytes: use shorter lists of ids")
        }
        try replaceAll(try Self.decode(bytes))
    }

    private static func decode(_ bytes: Data) throws(FeatureFlagError) -> [FeatureFlag] {
        do {
            return try JSONDecoder().decode([FeatureFlag].self, from: bytes)
        } catch let error as FeatureFlagError {
            throw error
        } catch {
            // Not its text: that may quote the input, and differs among the systems.
            throw FeatureFlagError(.malformed, "is not a JSON array of objects in UTF-8, at most 512 brackets deep")
        }
    }

    // MARK: - Faults

    private static func check(_ flag: FeatureFlag) throws(FeatureFlagError) {
        guard !flag.key.isEmpty else {
            throw FeatureFlagError(.missingField, flag: "", field: "key", "is empty: name the flag")
        }
        for (field, ids) in [("alwaysOn", flag.alwaysOn), ("neverOn", flag.neverOn)] where ids.count > maximumIDs {
            throw FeatureFlagError(
                .tooMany, flag: flag.key, field: field,
                "has \(ids.count) ids, more than \(maximumIDs): use a percentage")
        }
    }

    private func full(_ key: String) -> FeatureFlagError {
        FeatureFlagError(
            .tooMany, flag: key, "is one more than the \(capacity) there may be: remove flags that are rolled out")
    }
}
