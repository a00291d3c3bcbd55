import ClewModel
import Testing

@Suite("Durations as text")
struct DurationTextTests {
    @Test(
        "a number and a unit are read as nanoseconds",
        arguments: [
            ("250ms", 250_000_000), ("1.5s", 1_500_000_000), ("15m", 900_000_000_000), ("2h", 7_200_000_000_000),
            ("7d", 604_800_000_000_000), ("0s", 0), ("3us", 3_000), ("3µs", 3_000), ("42ns", 42), (".5s", 500_000_000),
            ("0", 0),
            ("2m05s", 125_000_000_000), ("1d1h1m1s1ms1us1ns", 90_061_001_001_001),
            ("18446744073709551615ns", .max),
        ] as [(String, UInt64)])
    func reads(text: String, nanoseconds: UInt64) {
        #expect(DurationText.parse(text) == nanoseconds)
    }

    @Test(
        "anything else is no duration",
        arguments: [
            "", "s", "5", "-1s", "+1s", "1 s", "1S", "1.2.3s", "1e3s", "１s", "nan", "infs", "99999999999d", "1s1s",
            "1s1m", ".s", "1m5", "00", "213504d",
        ])
    func refuses(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "durations are written with three significant digits and the unit that fits",
        arguments: [
            (0, "0"), (1, "1ns"), (950, "950ns"), (999, "999ns"), (1_000, "1.00µs"), (9_994, "9.99µs"),
            (9_995, "10.0µs"),
            (99_949, "99.9µs"), (99_950, "100µs"), (999_499, "999µs"), (999_500, "1.00ms"), (12_345_678, "12.3ms"),
            (999_500_000, "1.00s"), (4_560_000_000, "4.56s"), (59_949_999_999, "59.9s"), (59_950_000_000, "1m00s"),
            (125_000_000_000, "2m05s"), (3_599_499_999_999, "59m59s"), (3_599_500_000_000, "1h00m"),
            (11_220_000_000_000, "3h07m"), (86_369_999_999_999, "23h59m"),
            (86_370_000_000_000, "1d00h"), (187_200_000_000_000, "2d04h"),
        ] as [(UInt64, String)])
    func writes(nanoseconds: UInt64, text: String) {
        #expect(DurationText.format(nanoseconds) == text)
    }

    @Test("what is written reads back within half a percent up to an hour, and half the smaller unit above")
    func roundTrip() throws {
        var nanoseconds: UInt64 = 0
        while nanoseconds < 1 << 62 {
            let text = DurationText.format(nanoseconds)
            let back = Double(try #require(DurationText.parse(text), "\(text) cannot be read"))
            let tolerance =
                switch nanoseconds {
                case ..<59_950_000_000: Double(nanoseconds) * 0.005
                case ..<3_599_500_000_000: 0.5e9
                case ..<86_370_000_000_000: 30e9
                default: 1800e9
                }
            #expect(abs(back - Double(nanoseconds)) <= tolerance, "\(nanoseconds) is written as \(text)")
            // Steps of about 0.3 % hit every unit and every number of digits some hundred times.
            nanoseconds += nanoseconds / 317 + 1
        }
    }

    @Test("the longest duration can be written")
    func longest() {
        #expect(DurationText.format(.max) == "213504d00h")
    }
}
