/// Numbers of bytes as people write them: `65536`, `64KiB`, `16MiB`, `1GiB`.
enum ByteSize {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1), ("", 1),
    ]

    /// Reads a positive whole number with or without a unit; `nil` for anything else.
    static func parse(_ text: String) -> Int? {
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Int(text.dropLast(unit.suffix.count)), number > 0 else { return nil }
            let (bytes, overflowed) = number.multipliedReportingOverflow(by: unit.bytes)
            return overflowed ? nil : bytes
        }
        return nil
    }
}
