import Tracing

@testable import Clew

extension Propagator {
    /// What is written for a context, in order.
    func fields(of context: ServiceContext) -> [(String, String)] {
        var fields: [(String, String)] = []
        inject(context) { fields.append(($0, $1)) }
        return fields
    }
}
