import ClewModel
import Foundation
import Testing

@testable import ClewStore

@Suite("days")
struct PartitionDayTests {
    @Test(
        "a day is named by its date in UTC",
        arguments: [
            (0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_779, "2026-11-22"),
            (47_482, "2100-01-01"), (213_503, "2554-07-21"),
        ])
    func name(_ number: Int, _ name: String) {
        #expect(PartitionDay(number: number).name == name)
        #expect(PartitionDay(name: name)?.number == number)
    }

    @Test("names sort as the days do, and every name reads back")
    func order() {
        let days = stride(from: 0, to: 213_503, by: 17).map(PartitionDay.init(number:))
        #expect(days.map(\.name) == days.map(\.name).sorted())
        #expect(days.allSatisfy { PartitionDay(name: $0.name) == $0 })
    }

    @Test(
        "other names are no days",
        arguments: [
            "", "2026-02-30", "2026-13-01", "2026-1-01", "1969-12-31", "a-b-c", "1-2",
            "2554-07-22", "9999-01-01", "9223372036854775807-01-01", "-9223372036854775808-01-01",
        ])
    func invalid(_ name: String) {
        #expect(PartitionDay(name: name) == nil)
    }

    @Test("a time lies in its own day, at both ends and at the end of 64 bits")
    func times() {
        let day = PartitionDay(number: 20_779)
        #expect(PartitionDay(of: day.times.lowerBound) == day)
        #expect(PartitionDay(of: day.times.upperBound - 1) == day)
        #expect(PartitionDay(of: day.times.upperBound) > day)
        #expect(PartitionDay(of: .max).times.upperBound == .max)
    }
}
