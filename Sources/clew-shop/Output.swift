import Foundation

/// Standard output without a buffer, so that it stays in order with what other programs write there.
enum Output {
    static func line(_ text: String = "") {
        // A reader that is gone is no reason to leave processes behind.
        try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    }
}
