import ClewModel

/// The header `traceparent` (W3C Trace Context §3.2).
enum TraceParent {
    static let header = "traceparent"

    /// `nil` where the value is not valid, or is that of several headers joined by commas.
    static func parse(_ text: String) -> SpanContext? {
        var reader = HeaderReader(text)
        reader.skipBlanks()
        guard let version = reader.hexadecimal(2), version != 0xFF, reader.skip(dash),
            let high = reader.hexadecimal(16), let low = reader.hexadecimal(16), reader.skip(dash),
            let span = reader.hexadecimal(16), reader.skip(dash), let flags = reader.hexadecimal(2)
        else { return nil }
        if version > 0, reader.skip(dash) {
            // A later version may have more after the four fields (§4.3).
            while let byte = reader.next() { if byte == UInt8(ascii: ",") { return nil } }
        }
        let context = SpanContext(
            traceID: TraceID(high: high, low: low),
            spanID: SpanID(span),
            // Only the two known flags are kept (§3.2.2.5: others must be zero when sent on).
            flags: UInt8(truncatingIfNeeded: flags) & 3,
            isRemote: true
        )
        return reader.isAtEnd() && context.isValid ? context : nil
    }

    static func value(_ context: SpanContext) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(55)
        bytes.append(hexadecimal: 0, digits: 2)
        bytes.append(dash)
        bytes.append(hexadecimal: context.traceID.high, digits: 16)
        bytes.append(hexadecimal: context.traceID.low, digits: 16)
        bytes.append(dash)
        bytes.append(hexadecimal: context.spanID.value, digits: 16)
        bytes.append(dash)
        bytes.append(hexadecimal: UInt64(context.flags), digits: 2)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let dash = UInt8(ascii: "-")
}

extension SpanContext {
    /// Whether both ids are (OpenTelemetry Trace API, "IsValid"); no other context is read or written.
    var isValid: Bool { traceID.isValid && spanID.isValid }
}
