import ClewDashboards
import ClewModel
import Testing

@Suite("Numbers and times as text")
struct NumberTextTests {
    @Test(
        "counts are exact up to five digits and rounded above",
        arguments: [
            (0, "0"), (999, "999"), (1234, "1,234"), (99_999, "99,999"), (100_000, "100k"), (1_234_567, "1.23M"),
            (999_999, "1.00M"), (12_345_678_901, "12.3G"), (-1234, "-1,234"), (.max, "9223P"),
        ] as [(Int, String)])
    func counts(value: Int, expected: String) {
        #expect(NumberText.count(value) == expected)
    }

    @Test(
        "no share but none is 0 %, and no share but all is 100 %",
        arguments: [
            (0, "0 %"), (0.00001, "<0.01 %"), (0.0042, "0.42 %"), (0.042, "4.2 %"), (0.42, "42 %"), (0.9999, ">99 %"),
            (1, "100 %"), (1.5, "150 %"), (-0.05, "-5.0 %"),
        ])
    func shares(value: Double, expected: String) {
        #expect(NumberText.percent(value) == expected)
    }

    @Test(
        "rates go by the second, and by the minute or hour where that reads better",
        arguments: [
            (0, "0/s"), (12.34, "12.3/s"), (0.5, "0.50/s"), (1234, "1.23k/s"), (0.05, "3/min"), (0.001, "3.6/h"),
        ])
    func rates(value: Double, expected: String) {
        #expect(NumberText.rate(value) == expected)
    }

    @Test("a change shows its sign")
    func changes() {
        #expect(NumberText.change(312_000_000) == "+312ms")
        #expect(NumberText.change(-4_000_000) == "-4.00ms")
        #expect(NumberText.change(0.2) == "0")
    }

    @Test("decimals round half away from zero and never show a negative zero")
    func decimals() {
        #expect(NumberText.fixed(2.5, 0) == "3")
        #expect(NumberText.fixed(3.14159, 2) == "3.14")
        #expect(NumberText.fixed(-0.001, 2) == "0.00")
        #expect(NumberText.fixed(1.05, 1) == "1.1")
        #expect(NumberText.fixed(.infinity, 1) == "∞")
    }

    @Test(
        "times are UTC, leap days included",
        arguments: [
            (0, "1970-01-01 00:00:00.000"), (951_782_400, "2000-02-29 00:00:00.000"),
            (1_795_356_187, "2026-11-22 14:03:07.000"), (4_107_542_400, "2100-03-01 00:00:00.000"),
        ] as [(UInt64, String)])
    func times(seconds: UInt64, expected: String) {
        #expect(TimeText.millisecond(seconds * .nanosecondsPerSecond) == expected)
    }

    @Test("a range names the second day only where it ends on another")
    func ranges() {
        let start: UInt64 = 1_795_356_000 * .nanosecondsPerSecond
        #expect(TimeText.range(start, start + 900 * .nanosecondsPerSecond) == "2026-11-22 14:00–14:15 UTC (15m00s)")
        #expect(
            TimeText.range(start, start + 86_407 * .nanosecondsPerSecond)
                == "2026-11-22 14:00:00 – 2026-11-23 14:00:07 UTC (1d00h)")
    }
}
