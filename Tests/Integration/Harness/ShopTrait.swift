import Testing

/// One shop for all tests of a suite, since starting one takes seconds; when they have run, its files have to be sound.
struct ShopTrait: SuiteTrait, TestScoping {
    let arguments: [String]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let shop = try await Shop.start(arguments)
        do {
            try await Shop.$current.withValue(shop) { try await function() }
        } catch {
            await shop.abandon()
            throw error
        }
        try await shop.finish()
    }
}

extension Trait where Self == ShopTrait {
    /// - Parameter arguments: Options of `clew-shop up`.
    static func shop(_ arguments: String...) -> Self { ShopTrait(arguments: arguments) }
}
