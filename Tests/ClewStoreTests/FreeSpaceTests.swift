import ClewModel
import Testing

@testable import ClewStore

@Suite("free space in a file")
struct FreeSpaceTests {
    @Test("ranges never overlap, whatever is taken and given back, and the end is that of the last")
    func random() {
        var generator = SplitMix64(seed: 4)
        var used: [Range<Int>] = []
        var free = FreeSpace(used: [])
        for _ in 0..<5000 {
            if used.isEmpty || Bool.random(using: &generator) {
                let range = free.allocate(Int.random(in: 0...50, using: &generator))
                #expect(used.allSatisfy { !$0.overlaps(range) })
                used.append(range)
            } else {
                free.release(used.remove(at: Int.random(in: 0..<used.count, using: &generator)))
            }
            let taken = used.filter { !$0.isEmpty }
            #expect(free.end >= taken.map(\.upperBound).max() ?? 0)
            #expect(free.end - free.freeBytes == taken.reduce(0) { $0 + $1.count })
        }
        for range in used { free.release(range) }
        #expect(free.end == 0 && free.freeBytes == 0)
    }

    @Test("what a catalogue names is taken, the rest is free")
    func opening() {
        var free = FreeSpace(used: [30..<40, 0..<10])
        #expect(free.end == 40 && free.freeBytes == 20)
        #expect(free.allocate(20) == 10..<30)
        #expect(free.allocate(1) == 40..<41)
    }
}
