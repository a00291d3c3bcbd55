import ClewDemoShop
import Foundation
import Synchronization

/// What is being done now, on stderr: one line rewritten on a terminal, a line now and then when piped.
final class ProgressLine: Sendable {
    enum Piped: Sendable {
        case silent, sparse
    }

    private struct State {
        var shown: ContinuousClock.Instant?
        var phase = ""
    }

    /// Faster than this nobody reads; slower than this somebody worries.
    private static let terminalInterval = Duration.milliseconds(100)
    private static let pipedInterval = Duration.seconds(5)

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let piped: Piped
    private let state = Mutex(State())

    init(whenPiped piped: Piped) {
        self.piped = piped
    }

    /// Shows a line; a new phase (what stands before the first two blanks) is always shown.
    func show(_ text: String) {
        let phase = text.split(separator: "  ", maxSplits: 1).first.map(String.init) ?? text
        let interval = isTerminal ? Self.terminalInterval : Self.pipedInterval
        let isDue = state.withLock { state in
            let now = ContinuousClock.now
            if state.phase == phase, let shown = state.shown, now - shown < interval { return false }
            state = State(shown: now, phase: phase)
            return true
        }
        if isDue { write(text) }
    }

    /// Clears the line, so that the next output stands alone.
    func end() {
        if isTerminal { Self.put("\r\u{1B}[2K") }
    }

    private func write(_ text: String) {
        if isTerminal {
            Self.put("\r\u{1B}[2K" + text)
        } else if piped == .sparse {
            Self.put(text + "\n")
        }
    }

    private static func put(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}

extension LoadProgress {
    /// `████████░░░░░░░░  120/250 sent, 117 answered, 0 errors`.
    var line: String {
        let width = 24
        let done = planned > 0 ? sent * width / planned : 0
        let bar = String(repeating: "█", count: done) + String(repeating: "░", count: width - done)
        return "\(bar)  \(sent)/\(planned) sent, \(ended - errors) answered, \(errors) errors"
    }
}
