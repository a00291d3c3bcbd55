public import ClewModel
import ClewWire

extension FakeCollector {
    /// What the collector does with a request.
    public indirect enum Behaviour: Sendable, Hashable {
        /// Status 200 and an empty OTLP answer.
        case accept
        /// This answer, word for word.
        case respond(status: Int, headers: [String: String] = [:], body: [UInt8] = [])
        /// Status 200 with OTLP's partial success in the request's own encoding.
        case partialSuccess(rejected: Int64, message: String = "")
        /// The behaviour, after this long.
        case delayed(Duration, Behaviour)
        /// No answer, until the client goes away.
        case hang
        /// Status 200 and the beginning of a body that never ends.
        case hangInBody
        /// Status 200 and the beginning of a body; then the connection ends.
        case closeInBody
        /// The connection ends without an answer: a new one before anything is read, one that is open at its next request.
        case close
        /// A new connection is accepted by the system and never read from, as that of a stopped process; on a connection
        /// that is open, as ``hang``.
        case neverRead
    }
}

extension FakeCollector.Behaviour {
    /// This status, and `Retry-After` in seconds where given.
    public static func answer(status: Int, retryAfter: Int? = nil) -> Self {
        .respond(status: status, headers: retryAfter.map { ["Retry-After": String($0)] } ?? [:])
    }

    /// This status, and `Retry-After` as a date (RFC 9110 §5.6.7), which knows whole seconds only.
    public static func answer(status: Int, retryAt: UnixNanoseconds) -> Self {
        .respond(status: status, headers: ["Retry-After": HTTPDate.text(retryAt)])
    }

    /// A redirect to another address.
    public static func redirect(to location: String, status: Int = 307) -> Self {
        .respond(status: status, headers: ["Location": location])
    }

    /// Status 200 with the type of a protobuf answer and bytes that are none.
    public static let garbage = Self.respond(
        status: 200, headers: ["Content-Type": "application/x-protobuf"], body: Array(repeating: 0xFF, count: 64))

    /// Status 200 with a web page, as from a proxy's login form.
    public static let wrongContentType = Self.respond(
        status: 200, headers: ["Content-Type": "text/html"], body: Array("<html><body>Please log in</body></html>".utf8)
    )

    var isAcceptance: Bool {
        switch self {
        case .accept: true
        case .partialSuccess(let rejected, _): rejected == 0
        case .respond(let status, _, _): status == 200
        case .delayed(_, let then): then.isAcceptance
        case .hang, .hangInBody, .closeInBody, .close, .neverRead: false
        }
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
enum HTTPDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ time: UnixNanoseconds) -> String {
        let seconds = time / .nanosecondsPerSecond
        let days = Int(seconds / 86400)
        let (year, month, day) = civil(days)
        let clock = Int(seconds % 86400)
        let time = [clock / 3600, clock / 60 % 60, clock % 60].map(pad).joined(separator: ":")
        return "\(weekdays[days % 7]), \(pad(day)) \(months[month]) \(year) \(time) GMT"
    }

    /// Days since 1970-01-01 as a year, a month from 0 and a day from 1; year by year, which is quick enough for tests.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        var (year, rest) = (1970, days)
        func length() -> Int { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365 }
        while rest >= length() {
            rest -= length()
            year += 1
        }
        let lengths = [31, length() - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var month = 0
        while rest >= lengths[month] {
            rest -= lengths[month]
            month += 1
        }
        return (year, month, rest + 1)
    }

    private static func pad(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
}
