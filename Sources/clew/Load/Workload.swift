/// What synthetic traces look like; the defaults are those of the stored figures.
struct Workload: Hashable, Sendable {
    var services = 10
    /// Mean; sizes are spread evenly from 2 to almost twice of it.
    var spansPerTrace = 24
    /// Most spans from the root to a leaf; `nil` for no limit.
    var depth: Int?
    /// Most children of a span; `nil` for no limit.
    var fanOut: Int?
    /// Attributes of a span; `nil` for those of a request (10) or a query (8).
    var attributes: Int?
    /// Distinct values of `user.id` over the whole run; `nil` leaves those that the distinct requests have.
    var cardinality: Int?
    var errorShare = 0.02
    /// Bytes of padding in an attribute of each span.
    var payload = 0
    var seed: UInt64 = 1
}
