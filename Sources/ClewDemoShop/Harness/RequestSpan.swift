import Clew
import Tracing

/// The span that the current task runs in, for patterns that describe themselves on it.
enum RequestSpan {
    /// `nil` outside of spans of this process.
    static var current: (any Tracing.Span)? { ServiceContext.current?.localSpan }
}
