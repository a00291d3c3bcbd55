import Synchronization
import Testing

@testable import ClewDemoShop

@Suite("The home pages")
struct HomePageTests {
    private struct Broken: Error {}

    private final class Running: Sendable {
        let count = Mutex(0)
    }

    /// A page that is the order of its parts.
    private struct List: ComposedPage {
        var parts: [Int] = []

        mutating func add(_ part: Int) { parts.append(part) }
    }

    private let product = CatalogService.Product(id: "p-01", name: "Product 1", priceCents: 805)
    private let card = CatalogService.Card(id: "p-02", name: "Product 2")

    /// Each part waits for the other to have begun: one after the other they would never end.
    @Test("parts are asked for all at once", .timeLimit(.minutes(1)))
    func parallel() async throws {
        let (first, second) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        let page = try await List.compose([
            {
                first.continuation.finish()
                for await _ in second.stream {}
                return 1
            },
            {
                second.continuation.finish()
                for await _ in first.stream {}
                return 2
            },
        ])
        #expect(page.parts.sorted() == [1, 2])
    }

    @Test("one after the other, a part begins when the one before it has ended")
    func sequential() async throws {
        let running = Running()
        var parts: [@Sendable () async throws -> Int] = []
        for number in 0..<5 {
            parts.append {
                running.count.withLock { $0 += 1 }
                await Task.yield()
                let count = running.count.withLock { $0 }
                #expect(count == 1)
                running.count.withLock { $0 -= 1 }
                return number
            }
        }
        #expect(try await List.compose(parts, isSequential: true).parts == [0, 1, 2, 3, 4])
    }

    @Test("a part that the page needs fails the page", arguments: [true, false])
    func failure(isSequential: Bool) async {
        await #expect(throws: Broken.self) {
            try await List.compose([{ 1 }, { throw Broken() }], isSequential: isSequential)
        }
    }

    @Test("the web's page names what it lacks, and what is older than it should be")
    func web() {
        var page = WebHome()
        page.add(.recommendations(.init(items: [card], isDegraded: true)))
        page.add(.missing(.orderHistory))
        page.add(.products([product]))
        #expect(page.missing == [.orderHistory, .recommendations])
        #expect(page.recommendations == [card])
        #expect(page.products == [product])
    }

    @Test("the app's page has a few of each, with prices as they are shown")
    func mobile() {
        var page = MobileHome()
        page.add(.offers(Array(repeating: product, count: 24)))
        page.add(.recommendations(.init(items: Array(repeating: card, count: 6), isDegraded: false)))
        #expect(page.offers == Array(repeating: .init(name: "Product 1", price: "8.05"), count: 4))
        #expect(page.recommended == ["Product 2", "Product 2", "Product 2"])
        #expect(page.isComplete)
        page.add(.missing(.recommendations))
        #expect(!page.isComplete)
    }

    @Test("every third call is the third one")
    func everyNth() {
        let third = EveryNth(3)
        #expect((0..<7).map { _ in third.isNext() } == [false, false, true, false, false, true, false])
    }
}
