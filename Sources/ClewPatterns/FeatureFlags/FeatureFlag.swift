/// A switch that is on for all, for none, or for a share of the ids that ask.
///
/// As JSON an object with the fields of the same names. `key` and `isOn` must be there; a field that is unknown is refused,
/// as a `percentge` that nobody reads would roll a feature out to everyone:
///
/// ```json
/// {"key": "checkout-v2", "isOn": true, "percentage": 5, "alwaysOn": ["tester-1"], "neverOn": ["big-customer"]}
/// ```
public struct FeatureFlag: Hashable, Sendable {
    /// What the program asks for; one of few, and not empty.
    public var key: String
    /// The main switch: if `false`, the flag is off for every id, also for those in ``alwaysOn``.
    public var isOn: Bool
    /// Ids that it is on for whatever the percentage.
    public var alwaysOn: Set<String>
    /// Ids that it is off for whatever the percentage; wins over ``alwaysOn``.
    public var neverOn: Set<String>
    /// ``percentage`` in hundredths: 0 to 10,000.
    private(set) var hundredths: Int

    /// The share of ids that it is on for, in percent: 0 to 100, rounded to the nearest 0.01; default 100.
    ///
    /// What is below 0 or not a number counts as 0, what is above 100 as 100.
    public var percentage: Double {
        get { Double(hundredths) / 100 }
        set { hundredths = Self.hundredths(newValue) }
    }

    public init(
        key: String, isOn: Bool, percentage: Double = 100, alwaysOn: Set<String> = [], neverOn: Set<String> = []
    ) {
        self.key = key
        self.isOn = isOn
        self.alwaysOn = alwaysOn
        self.neverOn = neverOn
        hundredths = Self.hundredths(percentage)
    }

    private static func hundredths(_ percentage: Double) -> Int {
        guard percentage > 0 else { return 0 }
        // Not rounded down: 0.29 * 100 is less than 29.
        return Int((min(percentage, 100) * 100).rounded())
    }
}

// MARK: - Evaluation

extension FeatureFlag {
    /// Why a flag has a value, by the names of `feature_flag.result.reason`.
    enum Reason: String {
        /// The id is listed.
        case targetingMatch = "targeting_match"
        /// The hash of the id decided.
        case split
        /// The same for all ids: 0 or 100 percent.
        case `static`
        /// Its main switch is off.
        case disabled
        /// No such flag.
        case `default`
        /// It cannot be told.
        case error
    }

    /// Its value for an id; `nil` where the id is needed and empty: all who are nameless would be in or out together.
    func evaluate(_ id: String) -> (isOn: Bool, reason: Reason)? {
        guard isOn else { return (false, .disabled) }
        if neverOn.contains(id) { return (false, .targetingMatch) }
        if alwaysOn.contains(id) { return (true, .targetingMatch) }
        if hundredths == 0 || hundredths == RolloutHash.buckets { return (hundredths > 0, .static) }
        guard !id.isEmpty else { return nil }
        return (RolloutHash.bucket(key: key, id: id) < hundredths, .split)
    }
}

// MARK: - Codable

extension FeatureFlag: Codable {
    private enum Field: String, CodingKey, CaseIterable {
        case key, isOn, percentage, alwaysOn, neverOn
    }

    /// Any name, to see those that are unknown.
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// - Throws: ``FeatureFlagError``.
    public init(from decoder: any Decoder) throws {
        let position = decoder.codingPath.last?.intValue.map { "#\($0 + 1)" }
        let fields = try Self.read(position, nil) { try decoder.container(keyedBy: Field.self) }
        let key = try Self.read(position, .key) { try fields.decode(String.self, forKey: .key) }
        try Self.refuseUnknown(decoder, key)
        let isOn = try Self.read(key, .isOn) { try fields.decode(Bool.self, forKey: .isOn) }
        func ids(_ field: Field) throws -> Set<String> {
            try Self.read(key, field) {
                fields.contains(field) ? Set(try fields.decode([String].self, forKey: field)) : []
            }
        }
        let percentage = try Self.read(key, .percentage) {
            fields.contains(.percentage) ? try fields.decode(Double.self, forKey: .percentage) : 100
        }
        self.init(
            key: key, isOn: isOn, percentage: percentage, alwaysOn: try ids(.alwaysOn), neverOn: try ids(.neverOn))
    }

    /// Writes ids in order, so that equal flags are equal text.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(key, forKey: .key)
        try fields.encode(isOn, forKey: .isOn)
        try fields.encode(percentage, forKey: .percentage)
        try fields.encode(alwaysOn.sorted(), forKey: .alwaysOn)
        try fields.encode(neverOn.sorted(), forKey: .neverOn)
    }

    private static func refuseUnknown(_ decoder: any Decoder, _ key: String) throws {
        let names = try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue)
        guard let unknown = names.filter({ Field(rawValue: $0) == nil }).min() else { return }
        let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
        throw FeatureFlagError(.unknownField, flag: key, field: unknown, "is unknown: use \(known)")
    }

    private static func read<Value>(_ flag: String?, _ field: Field?, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch DecodingError.keyNotFound {
            throw FeatureFlagError(.missingField, flag: flag, field: field?.rawValue, "is missing")
        } catch is DecodingError {
            let expected =
                switch field {
                case nil: "an object"
                case .key: "a string"
                case .isOn: "true or false"
                case .percentage: "a number"
                case .alwaysOn, .neverOn: "a list of strings"
                }
            throw FeatureFlagError(.wrongType, flag: flag, field: field?.rawValue, "is not \(expected)")
        }
    }
}
