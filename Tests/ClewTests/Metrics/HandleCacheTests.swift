import Testing

@testable import Clew

@Suite("The cache of handles")
struct HandleCacheTests {
    @Test("a handle is made once for a key, and beyond the capacity each time")
    func known() {
        let cache = HandleCache<String>(capacity: 1)
        let (first, second, third) = (MetricFanOut([]), MetricFanOut([]), MetricFanOut([]))
        let handles = [
            cache.handle(for: "a") { first }, cache.handle(for: "a") { second }, cache.handle(for: "b") { second },
            cache.handle(for: "b") { third },
        ]
        #expect(handles.map { ObjectIdentifier($0) } == [first, first, second, third].map { ObjectIdentifier($0) })
    }

    @Test("a handle whose key would not be found again is not kept")
    func unfindable() {
        let cache = HandleCache<Double>(capacity: 1)
        let (first, second) = (MetricFanOut([]), MetricFanOut([]))
        _ = cache.handle(for: .nan, canKeep: false) { first }
        _ = cache.handle(for: 1) { first }
        #expect(cache.handle(for: 1) { second } === first)
    }

    @Test("a handle that was being made as the cache was emptied is given out, and not kept")
    func emptiedMeanwhile() {
        let cache = HandleCache<String>(capacity: 10)
        let (gone, made) = (MetricFanOut([]), MetricFanOut([]))
        let first = cache.handle(for: "a") {
            // Another thread ends the stream that was found for the handle.
            cache.removeAll()
            return gone
        }
        let second = cache.handle(for: "a") { made }
        let third = cache.handle(for: "a") { gone }
        #expect(first === gone)
        #expect(second === made)
        #expect(third === made)
    }
}
