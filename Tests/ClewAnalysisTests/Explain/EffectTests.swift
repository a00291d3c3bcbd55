import ClewModel
import Testing

@testable import ClewAnalysis

@Suite("Effects")
struct EffectTests {
    @Test("from never to always is pi, and the same share is nothing")
    func shares() {
        let always = Effect(before: Effect.Share(0, of: 1000), now: Effect.Share(1000, of: 1000))
        #expect(abs(always.difference - .pi) < 0.1)
        let same = Effect(before: Effect.Share(30, of: 100), now: Effect.Share(300, of: 1000))
        #expect(abs(same.difference) < 0.01)
        // None of ten is less certain to be never than none of ten thousand.
        let (few, many) = (Effect.Share(0, of: 10), Effect.Share(0, of: 10_000))
        #expect(few.angle > many.angle)
    }

    @Test("a difference of twice its noise is halved, a clear one stays")
    func shrunk() {
        #expect(abs(Effect(difference: 2, standardError: 1).shrunk() - 1) < 1e-9)
        #expect(abs(Effect(difference: -2, standardError: 1).shrunk() + 1) < 1e-9)
        #expect(Effect(difference: 2, standardError: 0.01).shrunk() > 1.99)
        #expect(Effect(difference: 0, standardError: 1).shrunk() == 0)
        let drift = Drift(of: [0.4, 0.5, 0.5, 0.6, 3])
        #expect(drift.center == 0.5)
        #expect(abs(Effect(difference: 0.5, standardError: 0).shrunk(drift: drift)) < 1e-9)
    }

    @Test("moments of logarithms come from the buckets within their precision")
    func moments() {
        var histogram = DurationHistogram()
        for _ in 0..<10 { histogram.record(1_000_000) }
        for _ in 0..<10 { histogram.record(4_000_000) }
        let moments = LogMoments(histogram, floor: 0)
        #expect(moments.count == 20)
        #expect(abs(moments.mean - 14.508) < 0.05)
        #expect(abs(moments.squares - 20 * 0.48) < 1)
        #expect(LogMoments(DurationHistogram(), floor: 1).mean == 0)
    }
}
