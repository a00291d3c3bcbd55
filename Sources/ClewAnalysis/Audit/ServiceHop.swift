/// From one service to another.
struct ServiceHop: Hashable, Sendable {
    var caller: String
    var callee: String

    /// As a finding's place has it.
    var text: String { "\(caller) -> \(callee)" }
}
