import ClewModel

/// The time that a question is about: `from` and `to`, or `window` ending now.
struct TimeWindow {
    /// The window where a request names none.
    static let defaultLength: UInt64 = 15 * 60 * .nanosecondsPerSecond

    var range: Range<UnixNanoseconds>

    /// Takes the time parameters out of `parameters`.
    ///
    /// - Parameter fallback: The range where none is given.
    init(
        taking parameters: inout QueryParameters, prefix: String = "", now: UnixNanoseconds,
        fallback: Range<UnixNanoseconds>? = nil
    ) throws {
        let (fromName, toName, windowName) = (prefix + "from", prefix + "to", prefix + "window")
        let from = try parameters.take(fromName).map { try Self.time(fromName, $0) }
        let to = try parameters.take(toName).map { try Self.time(toName, $0) }
        let length = try parameters.take(windowName).map { try Self.length(windowName, $0) }
        if length != nil, from != nil {
            throw APIError.badRequest("\(windowName) and \(fromName) exclude each other")
        }
        guard from != nil || to != nil || length != nil else {
            range = fallback ?? now.saturatingSubtract(Self.defaultLength)..<now
            return
        }
        let end = to ?? now
        let start = from ?? end.saturatingSubtract(length ?? Self.defaultLength)
        guard start <= end else { throw APIError.badRequest("\(fromName) is later than \(toName)") }
        range = start..<end
    }

    private static func time(_ name: String, _ value: String) throws -> UnixNanoseconds {
        guard let time = UInt64(value) else {
            throw QueryParameterError(name: name, value: value, expected: "nanoseconds since the epoch")
        }
        return time
    }

    private static func length(_ name: String, _ value: String) throws -> UInt64 {
        guard let length = DurationText.parse(value), length > 0 else {
            throw QueryParameterError(name: name, value: value, expected: "a duration such as 15m")
        }
        return length
    }
}

extension UInt64 {
    func saturatingSubtract(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}

extension QueryParameters {
    /// Removes every parameter of this name.
    ///
    /// - Returns: Its value, or `nil` where there is none.
    /// - Throws: Where it is given more than once.
    mutating func take(_ name: String) throws -> String? {
        let values = filter { $0.name == name }.map(\.value)
        guard values.count < 2 else { throw APIError.badRequest("\(name) is given more than once") }
        removeAll { $0.name == name }
        return values.first
    }

    /// Nothing may be left: a misspelt parameter must not be ignored.
    func requireNone(known: String...) throws {
        guard let unknown = first else { return }
        throw APIError.badRequest(
            "unknown parameter '\(unknown.name)'; known here: \(known.joined(separator: ", "))")
    }
}
