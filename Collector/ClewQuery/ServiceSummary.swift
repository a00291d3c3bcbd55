/// What is known of one service in a window.
public struct ServiceSummary: Hashable, Sendable, Codable {
    public var name: String
    /// The names of its entry spans (server and consumer), sorted; bounded as the rows of RED are.
    public var operations: [String]
    /// Entry spans, and those of them with an error.
    public var calls: Int
    public var errors: Int

    public init(name: String, operations: [String] = [], calls: Int = 0, errors: Int = 0) {
        self.name = name
        self.operations = operations
        self.calls = calls
        self.errors = errors
    }
}
