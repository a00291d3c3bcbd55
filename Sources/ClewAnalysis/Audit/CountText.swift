/// Counts in the sentences of findings.
enum CountText {
    /// `1 write`, `2 writes`.
    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(count == 1 ? noun : noun + "s")" }
}
