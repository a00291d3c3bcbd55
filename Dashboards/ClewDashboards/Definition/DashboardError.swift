/// Why a dashboard could not be read or rendered.
public struct DashboardError: Error, Hashable, Sendable {
    /// What kind of mistake; new kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Kind: String, Hashable, Sendable {
            case syntax, unknownKey, invalidValue, missingValue, unknownDashboard, unknownVariable, missingVariable
        }

        let kind: Kind

        /// The text is not YAML.
        public static let syntax = Code(kind: .syntax)
        /// A key that no definition has.
        public static let unknownKey = Code(kind: .unknownKey)
        /// A value of the wrong type, out of range, or none of the known ones.
        public static let invalidValue = Code(kind: .invalidValue)
        /// A required key is missing.
        public static let missingValue = Code(kind: .missingValue)
        /// No dashboard of this name is built in.
        public static let unknownDashboard = Code(kind: .unknownDashboard)
        /// A variable was given or used that the dashboard does not declare.
        public static let unknownVariable = Code(kind: .unknownVariable)
        /// A variable without a default was not given.
        public static let missingVariable = Code(kind: .missingVariable)

        public var description: String { kind.rawValue }
    }

    public var code: Code
    /// What was found, what was expected and what to do.
    public var message: String
    /// The file that holds the definition; empty where the mistake is not in a file.
    public var file: String
    /// From 1; `nil` where no line is to blame.
    public var line: Int?

    public init(_ code: Code, _ message: String, file: String = "", line: Int? = nil) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }
}

extension DashboardError: CustomStringConvertible {
    /// `red.yaml:12: message`, the form that editors jump to.
    public var description: String {
        let place = [file, line.map(String.init) ?? ""].filter { !$0.isEmpty }.joined(separator: ":")
        return place.isEmpty ? message : "\(place): \(message)"
    }
}
