public import Clew
import ClewModel
public import Tracing

extension Deadline {
    /// The header that carries what is left, in whole milliseconds: at most 9 digits, which are 11 days.
    ///
    /// The unit and what is left instead of a moment are as in gRPC's `grpc-timeout` (gRPC over HTTP/2, "Requests"): the
    /// clocks of two processes differ. The way is not counted, so a callee gives up later than its caller, by that.
    public static let header = "X-Request-Timeout-Ms"

    /// Reads a header's value: zero and negative are a deadline that is over, anything but 1 to 9 digits is none.
    init?(header value: String, clock: TelemetryClock) {
        let text = value.drop(while: \.isBlank).reversed().drop(while: \.isBlank).reversed()
        let digits = text.first == "-" ? text.dropFirst() : text[...]
        guard (1...Self.maximumDigits).contains(digits.count), digits.allSatisfy({ "0"..."9" ~= $0 }),
            let milliseconds = Int64(String(digits))
        else { return nil }
        self.init(after: .milliseconds(text.first == "-" ? 0 : milliseconds), clock: clock)
    }

    /// Rounded down: a callee that has less than a millisecond has none.
    func headerValue(_ clock: TelemetryClock) -> String {
        String(min(remaining(clock).nanoseconds / 1_000_000, Self.maximumMilliseconds))
    }

    private static var maximumDigits: Int { 9 }
    private static var maximumMilliseconds: Int64 { 999_999_999 }
}

extension ServiceContext {
    /// Writes what is left of this context's deadline into a carrier, as ``Deadline/header``; nothing where it has none.
    ///
    /// ```swift
    /// ServiceContext.current?.injectDeadline(into: &message.headers, using: .pairs)
    /// ```
    ///
    /// A proxy that copies headers removes the old one itself: an `Injector` cannot.
    ///
    /// - Parameters:
    ///   - carrier: The headers; see the carriers of `Clew`, such as `.pairs` and `.httpHeaders`.
    ///   - clock: The clock that the deadline was made with.
    public func injectDeadline<Carrier, Inject: Injector>(
        into carrier: inout Carrier, using injector: Inject, clock: TelemetryClock = .system
    ) where Inject.Carrier == Carrier {
        guard let deadline else { return }
        injector.inject(deadline.headerValue(clock), forKey: Deadline.header, into: &carrier)
    }

    /// This context with the earlier of its deadline and the one that a carrier brings; as it was where that brings none,
    /// or none that can be read.
    ///
    /// A server hands the result to `withDeadline`, which ends the work. A header from outside can only shorten what the
    /// server gives by itself, so set that too.
    public func extractingDeadline<Carrier, Extract: Extractor>(
        _ carrier: Carrier, using extractor: Extract, clock: TelemetryClock = .system
    ) -> ServiceContext where Extract.Carrier == Carrier {
        extractor.extract(key: Deadline.header, from: carrier)
            .flatMap { Deadline(header: $0, clock: clock) }
            .map(limited(by:)) ?? self
    }
}

extension Tracing.Span {
    /// Sets the attribute `clew.deadline.remaining`, the seconds that are left, on the span of a call that begins; nothing
    /// where there is no deadline.
    ///
    /// - Parameters:
    ///   - deadline: That of the current context unless given.
    ///   - clock: The clock that the deadline was made with.
    public func recordDeadline(
        _ deadline: Deadline? = ServiceContext.current?.deadline, clock: TelemetryClock = .system
    ) {
        guard let deadline, isRecording else { return }
        attributes[SemanticConventions.deadlineRemaining] = deadline.remaining(clock) / .seconds(1)
    }
}

extension Character {
    /// The white space that HTTP allows around a value (RFC 9110, section 5.5).
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}
