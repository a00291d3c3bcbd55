import ClewAnalysis
import ClewModel

/// What `clew diff` compares.
enum DiffSubject: Hashable {
    case traces(before: TraceID, now: TraceID)
    /// OTLP JSON files.
    case files(before: String, now: String)
    /// Traces with one and with another value of an attribute.
    case values(of: String, before: String, now: String)
    /// The window, and the one of the same length that ended so long before it.
    case times(baseline: String)
}

/// What the arguments of `clew diff` ask for.
struct DiffQuestion {
    var sides: [String]
    var route: String?
    var service: String?
    var by: String?
    var baseline: String?
    /// Whether a collector or a file is named beside the sides.
    var namesSource = false

    /// - Parameter isFile: Whether there is a file of this name.
    func subject(isFile: (String) -> Bool) throws(Failure) -> DiffSubject {
        switch (sides.count, by, baseline) {
        case (0, nil, let baseline?): return .times(baseline: baseline)
        case (2, let key?, nil): return try values(of: key, sides[0], sides[1])
        case (2, nil, nil):
            if let before = TraceID(hex: sides[0]), let now = TraceID(hex: sides[1]) { return try traces(before, now) }
            if isFile(sides[0]), isFile(sides[1]) { return try files(sides[0], sides[1]) }
            throw unknown(isFile)
        default:
            throw Failure(
                .usage,
                "compare two traces (ID ID), two files (before.json after.json), two values of an attribute "
                    + "(1.0.0 1.1.0 --by service.version), or two times (--window 10m --baseline 1h)")
        }
    }

    private func values(of key: String, _ before: String, _ now: String) throws(Failure) -> DiffSubject {
        guard !key.isEmpty else { throw Failure(.usage, "--by names an attribute, for example service.version") }
        guard before != now else { throw Failure(.usage, "both sides are \(key) '\(before)': name two values") }
        return .values(of: key, before: before, now: now)
    }

    private func traces(_ before: TraceID, _ now: TraceID) throws(Failure) -> DiffSubject {
        guard route == nil, service == nil else {
            throw Failure(.usage, "a trace has a route of its own: leave out --route and --service")
        }
        return .traces(before: before, now: now)
    }

    private func files(_ before: String, _ now: String) throws(Failure) -> DiffSubject {
        guard !namesSource else {
            throw Failure(.usage, "two files are all that is compared: leave out --file and --api")
        }
        return .files(before: before, now: now)
    }

    private func unknown(_ isFile: (String) -> Bool) -> Failure {
        let side = sides.first { TraceID(hex: $0) == nil && !isFile($0) }
        guard let side else { return Failure(.usage, "compare like with like: two traces, or two files") }
        return Failure(
            .usage,
            "'\(side)' is neither a trace id, which has 32 hexadecimal digits, nor a file; "
                + "values of an attribute go with --by, for example --by service.version")
    }
}
