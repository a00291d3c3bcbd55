/// A page that is put together from the answers of several services.
protocol ComposedPage: Sendable {
    /// What one call adds.
    associatedtype Part: Sendable

    init()

    mutating func add(_ part: Part)
}

extension ComposedPage {
    /// Gets the parts and puts them together, in whichever order they come.
    ///
    /// - Parameter isSequential: One call after the other; else all at once.
    /// - Throws: What the first failing part throws; the others are cancelled. A part that the page can do without says
    ///   so instead.
    static func compose(
        _ parts: [@Sendable () async throws -> Part], isSequential: Bool = false
    ) async throws -> Self {
        var page = Self()
        guard !isSequential else {
            for part in parts { page.add(try await part()) }
            return page
        }
        return try await withThrowingTaskGroup(of: Part.self) { group in
            for part in parts { group.addTask { try await part() } }
            var page = Self()
            for try await part in group { page.add(part) }
            return page
        }
    }
}
