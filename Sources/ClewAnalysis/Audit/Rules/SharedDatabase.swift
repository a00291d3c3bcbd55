import ClewModel

/// One database that two services write.
struct SharedDatabase: AuditDetector {
    static let rule = AuditRule(
        name: "shared-database",
        title: "shared database",
        severity: .high,
        detection: """
            Spans of at least two services name the same database: system, namespace and address. Each of them writes \
            it at least `calls` times, by the operation's name or the first word of the query. Services that only read \
            what another writes are reported as low.
            """,
        harm: """
            The tables are a contract that nobody agreed on: no service can change them, or rely on what it wrote, \
            without the others.
            """,
        refutation: "The databases are two that only share a name, or the services are one that is named twice.",
        advice: "Let one service own the data; the others ask it, or keep a copy of their own that its events fill.",
        parameters: [.init("calls", 3, "writes, or reads, by which a service uses a database")])

    private struct Database: Hashable {
        var system: String
        var name: String
        /// Empty where the spans have none, or one that means another machine on every machine.
        var address: String

        var text: String { address.isEmpty ? "\(system) \(name)" : "\(system) \(name) at \(address)" }
    }

    private struct User: Hashable {
        var database: Database
        var service: String
    }

    private struct Use {
        /// Enough to tell whether two services write the same table.
        static let maximumTables = 64

        var writes = 0
        var reads = 0
        var unknown = 0
        var writtenTables = FewNames(capacity: Self.maximumTables)
        /// Of writes, else of calls that may be writes, else of reads.
        var evidence = WorstEvidence()

        mutating func addWrite(to table: String?) {
            writes += 1
            if let table { writtenTables.insert(table) }
        }
    }

    private let minimum: Int
    private var uses = BoundedTable<User, Use>()

    init(_ settings: AuditSettings) {
        minimum = max(1, settings.count("calls", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        for index in trace.indices {
            guard let database = Self.database(index, trace) else { continue }
            let access = DatabaseAccess(trace.spans[index])
            guard access != .other else { continue }
            let user = User(database: database, service: trace.service(index))
            uses.update(user, initial: Use()) { Self.count(index, access, trace, &$0) }
        }
    }

    private static func count(_ index: Int, _ access: DatabaseAccess, _ trace: AuditTrace, _ use: inout Use) {
        let span = trace.spans[index]
        let rank: UInt64
        switch access {
        case .write:
            rank = 0
            use.addWrite(to: span.string(SemanticConventions.dbCollectionName))
        case .unknown:
            rank = 1
            use.unknown += 1
        case .read, .other:
            rank = 2
            use.reads += 1
        }
        // A quarter of the range for each rank holds any time of this era: 2^62 nanoseconds are 146 years.
        let time = rank << 62 | min(span.summary.start, UInt64.max >> 2)
        use.evidence.add(at: time, trace.evidence([index], "\(trace.service(index)): \(span.summary.name)"))
    }

    private static func database(_ index: Int, _ trace: AuditTrace) -> Database? {
        let span = trace.spans[index]
        guard let target = span.summary.target, target.kind == .database, !target.name.isEmpty,
            !isPrivate(target.name)
        else { return nil }
        return Database(system: target.system, name: target.name, address: address(span))
    }

    /// SQLite's names for a database that only its own process sees.
    private static func isPrivate(_ name: String) -> Bool {
        name.contains(":memory:") || name.contains("mode=memory")
    }

    private static func address(_ span: AuditSpan) -> String {
        guard
            let host = span.string(SemanticConventions.serverAddress)
                ?? span.string(SemanticConventions.networkPeerAddress),
            !host.isEmpty, host != "localhost", host != "::1", !host.hasPrefix("127.")
        else { return "" }
        return span.int(SemanticConventions.serverPort).map { "\(host):\($0)" } ?? host
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        Dictionary(grouping: uses.values) { $0.key.database }.compactMap { database, users in
            // The one that uses it most comes last: it stays.
            let users = users.map { (service: $0.key.service, use: $0.value) }.sorted {
                ($0.use.writes, $0.use.unknown, $1.service) < ($1.use.writes, $1.use.unknown, $0.service)
            }
            return finding(database, users)
        }
    }

    private func finding(_ database: Database, _ users: [(service: String, use: Use)]) -> Finding? {
        let writers = users.filter { $0.use.writes >= minimum }
        if writers.count >= 2 { return written(database, writers) }
        let suspects = users.filter { $0.use.writes + $0.use.unknown >= minimum }
        if suspects.count >= 2 {
            return finding(
                database, suspects, severity: .medium, .possible,
                "\(suspects.count) services use one database, and may write it",
                reason: "the spans of some name no operation, so that reads are not told from writes")
        }
        guard let owner = writers.first else { return nil }
        let readers = users.filter { $0.service != owner.service && $0.use.reads >= minimum }
        guard !readers.isEmpty else { return nil }
        return finding(
            database, readers + [owner], severity: .low, .possible,
            "\(owner.service) writes the database, and \(Self.list(readers)) read it without asking \(owner.service)",
            reason: "a reader may use a view or a replica that is meant for it")
    }

    private func written(_ database: Database, _ writers: [(service: String, use: Use)]) -> Finding {
        let tables = writers.flatMap { Array($0.use.writtenTables.all) }
        let isOne = !database.address.isEmpty
        let same = Set(tables).count < tables.count ? "the same tables" : "tables of their own, as far as is known"
        return finding(
            database, writers, severity: Self.rule.severity, isOne ? .certain : .likely,
            "\(writers.count) services write one database: \(Self.list(writers))",
            reason: isOne
                ? "system, name and address of the database are the same, and they write \(same)"
                : "system and name of the database are the same, the spans tell no address; they write \(same)")
    }

    private func finding(
        _ database: Database, _ users: [(service: String, use: Use)], severity: Finding.Severity,
        _ confidence: Finding.Confidence, _ summary: String, reason: String
    ) -> Finding {
        let calls = users.map { $0.use.writes + $0.use.unknown + $0.use.reads }
        return Finding(
            rule: Self.rule, severity: severity, confidence: confidence, place: database.text,
            services: users.map(\.service), summary: summary,
            occurrences: calls.dropLast().reduce(0, +), population: calls.reduce(0, +), reason: reason,
            evidence: Self.alternating(users.map(\.use.evidence.all)))
    }

    /// Of each service one piece, then of each a second.
    private static func alternating(_ evidence: [[Finding.Evidence]]) -> [Finding.Evidence] {
        (0..<Finding.maximumEvidence).flatMap { place in evidence.compactMap { $0.dropFirst(place).first } }
    }

    private static func list(_ users: [(service: String, use: Use)]) -> String {
        Finding.list(users.map(\.service).sorted())
    }
}
