/// A callee answered that it could not do what it was asked.
struct CalleeFailure: Error, Hashable, Sendable {
    var status: Int
    var message: String
    /// It said when to come back: it is busy, or the next one behind it is.
    var isTemporary: Bool

    /// Whether the failure is the callee's, not one behind it: those are 502 and 504.
    var isItsOwn: Bool { !isTemporary && status != 502 && status != 504 }
}
