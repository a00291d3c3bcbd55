import ArgumentParser
import ClewModel
import Foundation

/// The span of time that a question is about.
struct WindowOptions: ParsableArguments {
    @Option(help: "How far back to look: 90s, 15m, 2h, 7d. Default: 15m; a file is read whole.")
    var window: String?

    @Option(help: "Start: RFC 3339 (2026-01-31T12:00:00Z) or how long ago (30m).")
    var from: String?

    @Option(help: "End: RFC 3339 or how long ago. Default: now.")
    var to: String?

    /// Whether the user named a window.
    var isGiven: Bool { window != nil || from != nil || to != nil }

    /// Where nothing was found, and how to look further.
    func place(isFile: Bool) -> String {
        isFile && !isGiven ? "in this file" : "in this window (--window 24h looks further back)"
    }

    static let defaultWindow: UInt64 = 15 * 60 * .nanosecondsPerSecond

    /// The times asked for.
    ///
    /// - Parameter isFile: Without any flag a file's whole time is meant.
    func range(isFile: Bool) throws(Failure) -> Range<UnixNanoseconds> {
        if isFile, !isGiven { return 0..<UInt64.max }
        if window != nil, from != nil { throw Failure(.usage, "--window and --from exclude each other") }
        let now = UInt64(max(0, Date().timeIntervalSince1970) * 1e9)
        let end = try to.map { text throws(Failure) in try Self.time(text, now: now, flag: "--to") } ?? now
        let start: UnixNanoseconds
        if let from {
            start = try Self.time(from, now: now, flag: "--from")
        } else {
            let length = try window.map { text throws(Failure) in try Self.length(text) } ?? Self.defaultWindow
            start = end - min(length, end)
        }
        guard start < end else { throw Failure(.usage, "the window is empty: its start is not before its end") }
        return start..<end
    }

    /// Reads a duration such as `15m`.
    static func length(_ text: String, flag: String = "--window") throws(Failure) -> UInt64 {
        guard let length = DurationText.parse(text), length > 0 else {
            throw Failure(.usage, "\(flag): '\(text)' is not a duration such as 90s, 15m, 2h or 7d")
        }
        return length
    }

    /// The window of the same length that ended as long before another began as `--baseline` says.
    static func earlier(
        than time: Range<UnixNanoseconds>, by text: String
    ) throws(Failure) -> Range<UnixNanoseconds> {
        guard let gap = DurationText.parse(text) else {
            throw Failure(.usage, "--baseline: '\(text)' is not a duration such as 0s, 1h or 1d")
        }
        let length = time.upperBound - time.lowerBound
        guard time.lowerBound > gap, time.lowerBound - gap > length else {
            throw Failure(.usage, "--baseline: there is no time that long before the window")
        }
        let end = time.lowerBound - gap
        return (end - length)..<end
    }

    private static func time(_ text: String, now: UnixNanoseconds, flag: String) throws(Failure) -> UnixNanoseconds {
        if let ago = DurationText.parse(text) { return now - min(ago, now) }
        let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
        for style in styles {
            if let date = try? style.parse(text), date.timeIntervalSince1970 >= 0 {
                return UInt64(date.timeIntervalSince1970 * 1e9)
            }
        }
        throw Failure(
            .usage, "\(flag): '\(text)' is neither RFC 3339 (2026-01-31T12:00:00Z) nor a duration such as 30m")
    }
}
