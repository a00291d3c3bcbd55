/// What a service does under one name: a route, a query, a step.
struct ServiceOperation: Hashable, Sendable {
    var service: String
    var name: String

    /// As a finding's place has it.
    var text: String { "\(service) \(name)" }
}
