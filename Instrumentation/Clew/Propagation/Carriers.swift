public import Tracing

/// Reads and writes context in the headers of a message that are names with values, in order.
///
/// Names that differ in case alone are equal. A header that is there several times is read as one, its values joined by commas,
/// and replaced as one.
///
/// ```swift
/// InstrumentationSystem.instrument.inject(context, into: &message.headers, using: .pairs)
/// ```
public struct PairCarrier: Extractor, Injector {
    public init() {}

    public func extract(key: String, from headers: [(String, String)]) -> String? {
        var joined: String?
        for (name, value) in headers where name.isSameHeader(as: key) {
            if joined == nil { joined = value } else { joined?.append(",\(value)") }
        }
        return joined
    }

    public func inject(_ value: String, forKey key: String, into headers: inout [(String, String)]) {
        headers.removeAll { $0.0.isReplaced(by: key) }
        headers.append((key, value))
    }
}

/// Reads and writes context in the headers of a message that are a dictionary.
///
/// Names that differ in case alone are equal, as in ``PairCarrier``.
public struct DictionaryCarrier: Extractor, Injector {
    public init() {}

    public func extract(key: String, from headers: [String: String]) -> String? {
        if let value = headers[key] { return value }
        // In the order of the names, so that equal headers give equal answers.
        let others = headers.filter { $0.key.isSameHeader(as: key) }.sorted { $0.key < $1.key }
        return others.isEmpty ? nil : others.map(\.value).joined(separator: ",")
    }

    public func inject(_ value: String, forKey key: String, into headers: inout [String: String]) {
        for other in headers.keys where other.isReplaced(by: key) { headers[other] = nil }
        headers[key] = value
    }
}

/// Reads and writes context in environment variables: `TRACEPARENT`, `TRACESTATE`, `BAGGAGE`, `X_CORRELATION_ID`.
///
/// A variable is named as the header, in capitals, with `_` for all but letters and digits. A program hands its context
/// to one that it starts, which reads it once, at its own start:
///
/// ```swift
/// var environment = ProcessInfo.processInfo.environment
/// ServiceContext.current?.inject(into: &environment, using: .environment)
/// // ... in the program that was started with it:
/// let context = ServiceContext.topLevel.extracting(ProcessInfo.processInfo.environment, using: .environment)
/// ```
///
/// Other programs of the same user can read the variables. Whole entries of ``Baggage`` are left out where it is too long.
///
/// Source: OpenTelemetry, "Environment Variables as Context Propagation Carriers".
public struct EnvironmentCarrier: Extractor, Injector {
    public init() {}

    public func extract(key: String, from environment: [String: String]) -> String? {
        environment[Self.variable(key)]
    }

    public func inject(_ value: String, forKey key: String, into environment: inout [String: String]) {
        if key == TraceParent.header { environment[Self.variable(TraceState.header)] = nil }
        environment[Self.variable(key)] = value
    }

    private static func variable(_ header: String) -> String {
        String(
            decoding: header.utf8.map { Token.isLetterOrDigit($0) ? $0.uppercased : UInt8(ascii: "_") }, as: UTF8.self)
    }
}

extension Extractor where Self == PairCarrier {
    public static var pairs: PairCarrier { PairCarrier() }
}

extension Injector where Self == PairCarrier {
    public static var pairs: PairCarrier { PairCarrier() }
}

extension Extractor where Self == DictionaryCarrier {
    public static var dictionary: DictionaryCarrier { DictionaryCarrier() }
}

extension Injector where Self == DictionaryCarrier {
    public static var dictionary: DictionaryCarrier { DictionaryCarrier() }
}

extension Extractor where Self == EnvironmentCarrier {
    public static var environment: EnvironmentCarrier { EnvironmentCarrier() }
}

extension Injector where Self == EnvironmentCarrier {
    public static var environment: EnvironmentCarrier { EnvironmentCarrier() }
}

extension ServiceContext {
    /// This context with what the carrier carries: span, baggage and correlation id; as it was where that is nothing.
    ///
    /// Read by the process's instruments.
    public func extracting<Carrier, Extract: Extractor>(_ carrier: Carrier, using extractor: Extract) -> ServiceContext
    where Extract.Carrier == Carrier {
        var context = self
        InstrumentationSystem.instrument.extract(carrier, into: &context, using: extractor)
        return context
    }

    /// Writes this context into a carrier, by the process's instruments.
    public func inject<Carrier, Inject: Injector>(into carrier: inout Carrier, using injector: Inject)
    where Inject.Carrier == Carrier {
        InstrumentationSystem.instrument.inject(self, into: &carrier, using: injector)
    }
}

extension String {
    /// Whether two names of headers are equal but for the case of their ASCII letters.
    fileprivate func isSameHeader(as other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { $0 == $1 || $0.uppercased == $1.uppercased }
    }

    /// Whether a header of this name is out of date once another is written: a trace state belongs to the parent that it
    /// came with.
    package func isReplaced(by header: String) -> Bool {
        isSameHeader(as: header) || header == TraceParent.header && isSameHeader(as: TraceState.header)
    }
}

extension UInt8 {
    /// The capital of an ASCII letter; any other byte as it is.
    fileprivate var uppercased: UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) ? self - 32 : self
    }
}
