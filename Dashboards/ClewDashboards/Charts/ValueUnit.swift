/// What the numbers of a chart are.
enum ValueUnit: Hashable, Sendable {
    /// Per second.
    case rate
    /// A share of 1.
    case share
    /// Nanoseconds.
    case duration
    case count

    func text(_ value: Double) -> String {
        switch self {
        case .rate: NumberText.rate(value)
        case .share: NumberText.percent(value)
        case .duration: NumberText.duration(value)
        case .count: NumberText.decimal(value)
        }
    }

    /// The top of an axis that starts at zero: the smallest round number that holds `maximum`.
    ///
    /// One, two or five times a power of ten, so that the middle of the axis is a round number too.
    func axisTop(_ maximum: Double) -> Double {
        guard maximum > 0, maximum.isFinite else { return self == .duration ? 1e6 : 1 }
        var power = 1.0
        while power > maximum { power /= 10 }
        while power * 10 < maximum { power *= 10 }
        let top = [1.0, 2, 4, 5, 8, 10].map { $0 * power }.first { $0 >= maximum } ?? maximum
        return self == .share ? min(top, 1) : top
    }
}
