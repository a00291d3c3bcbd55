/// How far a question has come that reads the store several times.
struct ReadingProgress {
    /// Spans and records between two reports: some milliseconds.
    private static let step = 4096

    private let total: Double
    private var done = 0
    private let report: @Sendable (Double) -> Void

    /// - Parameters:
    ///   - total: Spans and records that will be read, as far as that is known.
    ///   - report: Called with a share, 0...1.
    init(total: Int, _ report: @escaping @Sendable (Double) -> Void) {
        self.total = Double(max(1, total))
        self.report = report
    }

    /// Counts what was read.
    mutating func advance() {
        done += 1
        if done % Self.step == 0 { report(min(1, Double(done) / total)) }
    }
}
