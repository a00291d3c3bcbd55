public import ClewStore
import ClewWire

/// Why requests or records did not reach the store; the `reason` label of the collector's own metrics.
///
/// The set is closed except for reasons that a store makes up, of which there are few.
public struct Reason: Hashable, Sendable {
    public let label: String

    init(_ label: String) {
        self.label = label
    }

    /// The bytes are not valid OTLP, JSON or gzip.
    public static let malformed = Reason("malformed")
    /// The body is larger than the limit, before or after decompression.
    public static let tooLarge = Reason("too_large")
    /// A content type or content encoding that is not understood.
    public static let unsupportedMediaType = Reason("unsupported_media_type")
    /// Too many bytes are being worked on, or a queue is full.
    public static let overloaded = Reason("overloaded")
    /// The connection ended, or timed out, in the middle of a body.
    public static let incomplete = Reason("incomplete")
    /// A datagram header that does not describe its datagram.
    public static let badHeader = Reason("bad_header")
    /// Accepted and counted, but this version keeps no metrics.
    public static let notStored = Reason("not_stored")
    public static let diskFull = Reason("disk_full")
    public static let closed = Reason("closed")
    public static let engine = Reason("engine")

    /// The reason that a failed append is counted under.
    public init(_ error: StoreError) {
        switch error.code {
        case .malformed: self = .malformed
        case .overloaded: self = .overloaded
        case .diskFull: self = .diskFull
        case .closed: self = .closed
        default: self = .engine
        }
    }

    /// The reason for records that a store refused, from its own words.
    public init(rejection text: String) {
        switch RejectionReason(rawValue: text) {
        case .invalidTraceID: self.init("invalid_trace_id")
        case .invalidSpanID: self.init("invalid_span_id")
        case .invalidParentSpanID: self.init("invalid_parent_span_id")
        case .tooManyAttributes: self.init("too_many_attributes")
        case .timeOutOfRange: self.init("time_out_of_range")
        case .tooManyDays: self.init("too_many_days")
        default: self.init(text)
        }
    }
}
