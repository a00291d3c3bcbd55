/// Numbers of bytes as people write them: `65536`, `64KiB`, `16MiB`, `1GiB`, and in powers of ten `500MB`, `20GB`.
enum ByteSize {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("KB", 1000), ("B", 1), ("", 1),
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
