import ClewAnalysis
import Foundation

/// One piece of evidence in words.
struct EvidenceText {
    private let evidence: Suspect.Evidence

    /// Columns of a log pattern within a sentence.
    static let patternWidth = 60

    init(_ evidence: Suspect.Evidence) {
        self.evidence = evidence
    }

    /// What a suspect does differently, where "its" is the suspect's:
    /// `its calls to database stock (SELECT stock) take 48.0ms instead of 6.00ms`.
    func clause(of suspect: String) -> StyledText { clause(about: suspect) }

    /// The whole of it: `Calls of inventory to database stock (SELECT stock) take 48.0ms instead of 6.00ms (95 % interval
    /// 46.1ms to 50.0ms; 420 executions against 380).`
    var sentence: StyledText {
        let counts =
            "\(NumberText.counted(evidence.nowCount, "execution")) against \(NumberText.count(evidence.beforeCount))"
        return clause(about: nil) + " (95 % interval \(interval); \(counts))."
    }

    // MARK: - In a table

    /// The kind and the place, without figures.
    func place(of suspect: String) -> StyledText {
        switch evidence.kind {
        case .ownTime: return "own work" + suffix
        case .database: return "database \(evidence.peer, .accent)" + suffix
        case .network:
            let way: StyledText =
                isSelf(suspect) ? "way to \(evidence.peer, .accent)" : "way from \(evidence.service, .accent)"
            return way + suffix
        case .stalls: return "stalls" + suffix
        case .moreCalls: return evidence.peer.isEmpty ? "more calls" + suffix : "more calls of \(evidence.peer)"
        case .missingCalls: return "ends early" + suffix
        case .errors: return "errors" + suffix
        case .newLogPattern: return "new log line" + suffix
        case .lostLogPattern: return "lost log line" + suffix
        }
    }

    var before: String { figure(evidence.before) }
    var now: String { figure(evidence.now) }

    private var suffix: StyledText { evidence.operation.isEmpty ? "" : " (\(evidence.operation))" }

    // MARK: - Clauses

    private func clause(about suspect: String?) -> StyledText {
        let change: StyledText = "\(now, .strong) instead of \(before)"
        switch evidence.kind {
        case .ownTime: return owner(suspect) + "own work\(suffix) takes " + change
        case .database:
            let calls: StyledText = isSelf(suspect) ? "its calls" : "Calls of \(evidence.service, .accent)"
            return calls + " to database \(evidence.peer, .accent)\(suffix) take " + change
        case .network:
            let from: StyledText = isSelf(suspect) ? "it" : "\(evidence.service, .accent)"
            let to: StyledText = evidence.peer == suspect ? "it" : "\(evidence.peer, .accent)"
            let way: StyledText = "\(suspect == nil ? "The" : "the") way from \(from) to \(to) and back\(suffix)"
            return way + " takes " + change
        case .stalls:
            if evidence.peer.isEmpty || isSelf(suspect) {
                return operation(suspect) + " takes many times the usual" + share
            }
            let call: StyledText = "\(suspect == nil ? "The" : "the") way from \(evidence.service, .accent) to "
            return call + "\(evidence.peer, .accent)\(suffix) takes many times the usual" + share
        case .moreCalls:
            let callee = evidence.peer.isEmpty ? "others" : evidence.peer
            return operation(suspect) + " calls \(callee) \(now, .strong) times instead of \(before)"
        case .missingCalls: return operation(suspect) + ending + share
        case .errors: return operation(suspect) + " fails by itself" + share
        case .newLogPattern: return operation(suspect) + " logs '" + pattern + "'" + share
        case .lostLogPattern: return operation(suspect) + " logs '" + pattern + "' only" + share
        }
    }

    private var share: StyledText { " in \(now, .strong) of executions instead of \(before)" }

    /// What is missing from now on, by what came last.
    private var ending: StyledText {
        evidence.peer.isEmpty ? " calls nothing" : " calls nothing after \(evidence.peer)"
    }

    /// The pattern, or of a long one the longest part that does not vary: most of them begin with what every line has.
    private var pattern: StyledText {
        guard StyledText(evidence.pattern).width > Self.patternWidth else { return StyledText(evidence.pattern) }
        let parts = evidence.pattern.split(separator: "<*>").map { $0.trimmingCharacters(in: .whitespaces) }
        let longest = parts.max { $0.count < $1.count } ?? evidence.pattern
        return "… " + StyledText(longest).truncated(to: Self.patternWidth - 2)
    }

    private func isSelf(_ suspect: String?) -> Bool { evidence.service == suspect }

    private func owner(_ suspect: String?) -> StyledText {
        isSelf(suspect) ? "its " : "\(evidence.service, .accent)'s "
    }

    private func operation(_ suspect: String?) -> StyledText {
        let name = evidence.operation.isEmpty ? "every request" : evidence.operation
        return isSelf(suspect) ? "its \(name, .strong)" : "\(name, .strong) of \(evidence.service, .accent)"
    }

    // MARK: - Figures

    private enum Unit {
        case duration, calls, share
    }

    private var unit: Unit {
        switch evidence.kind {
        case .ownTime, .network, .database: .duration
        case .moreCalls: .calls
        case .stalls, .missingCalls, .errors, .newLogPattern, .lostLogPattern: .share
        }
    }

    private func figure(_ value: Double) -> String {
        switch unit {
        case .duration: NumberText.duration(max(0, value))
        case .calls: NumberText.decimal(value)
        case .share: NumberText.percent(value)
        }
    }

    /// What there may be now, given how much chance has in it.
    private var interval: String {
        let half = (evidence.interval.upperBound - evidence.interval.lowerBound) / 2
        switch unit {
        case .duration, .calls: return "\(figure(evidence.now * exp(-half))) to \(figure(evidence.now * exp(half)))"
        case .share: return "\(shifted(by: -half)) to \(shifted(by: half))"
        }
    }

    /// The share that is this much away from the present one on the scale of Cohen's h.
    private func shifted(by difference: Double) -> String {
        let angle = asin(min(1, max(0, evidence.now)).squareRoot()) + difference / 2
        let root = sin(min(.pi / 2, max(0, angle)))
        return figure(root * root)
    }
}
