/// A grid of dots, two by four to a character in braille and one to a character in ASCII.
struct DotCanvas {
    let columns: Int
    let rows: Int
    let charset: Charset
    private var dots: [UInt8]
    private var series: [Int?]

    init(columns: Int, rows: Int, charset: Charset) {
        self.columns = columns
        self.rows = rows
        self.charset = charset
        dots = Array(repeating: 0, count: columns * rows)
        series = Array(repeating: nil, count: columns * rows)
    }

    /// Dots across.
    var width: Int { charset == .ascii ? columns : columns * 2 }
    /// Dots down.
    var height: Int { charset == .ascii ? rows : rows * 4 }

    /// Sets a dot, counted from the top left; outside the grid nothing happens.
    mutating func set(x: Int, y: Int, series index: Int) {
        guard 0..<width ~= x, 0..<height ~= y else { return }
        let cell = charset == .ascii ? y * columns + x : y / 4 * columns + x / 2
        dots[cell] |= charset == .ascii ? 1 : Self.brailleBits[y % 4 * 2 + x % 2]
        series[cell] = index
    }

    /// A straight line of dots between two points.
    ///
    /// Source: J. Bresenham, "Algorithm for computer control of a digital plotter", 1965.
    mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), series index: Int) {
        let deltaX = abs(end.x - start.x)
        let deltaY = -abs(end.y - start.y)
        let stepX = start.x < end.x ? 1 : -1
        let stepY = start.y < end.y ? 1 : -1
        var error = deltaX + deltaY
        var (x, y) = start
        while true {
            set(x: x, y: y, series: index)
            if x == end.x && y == end.y { return }
            let doubled = 2 * error
            if doubled >= deltaY {
                error += deltaY
                x += stepX
            }
            if doubled <= deltaX {
                error += deltaX
                y += stepY
            }
        }
    }

    /// One row of characters, each in the colour of the series drawn there last.
    func row(_ row: Int) -> StyledText {
        (0..<columns).map { column in
            let cell = row * columns + column
            guard let index = series[cell] else { return StyledText(" ") }
            return StyledText(String(character(dots[cell], index)), .series(index))
        }.joined()
    }

    /// What marks a series in ASCII, where dots have no colour.
    static func mark(_ series: Int) -> Character { marks[series % marks.count] }

    private func character(_ bits: UInt8, _ index: Int) -> Character {
        if charset == .ascii { return Self.mark(index) }
        // U+2800 is the empty braille pattern; every bit pattern above it is a scalar.
        return Unicode.Scalar(0x2800 + UInt32(bits)).map(Character.init) ?? " "
    }

    private static let marks: [Character] = ["*", "o", "+", "x", "@", "%", "#", "&"]
    /// Bits of braille's eight dots by row and column (Unicode 15, §21.1).
    private static let brailleBits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
}
