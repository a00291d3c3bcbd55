import ClewModel

/// The fixed columns of a block; attribute columns come on top.
///
/// The positions in these lists are part of the on-disk format (docs/format.md): append, never reorder.
struct BlockSchema: Sendable {
    struct NumberColumn: Sendable {
        var name: String
        var form: NumberPage.Form
    }

    var signal: Signal
    var numbers: [NumberColumn]
    var dictionaries: [String]
    var lists: [String]

    static let spans = BlockSchema(
        signal: .traces,
        numbers: commonNumbers + [
            NumberColumn(name: "duration", form: .plain),
            NumberColumn(name: "parent_span_id", form: .parents),
            NumberColumn(name: "kind", form: .plain),
            NumberColumn(name: "status_code", form: .plain),
            NumberColumn(name: "dropped_events_count", form: .plain),
            NumberColumn(name: "dropped_links_count", form: .plain),
        ],
        dictionaries: commonDictionaries + ["name", "trace_state", "status_message"],
        lists: ["events", "links"]
    )

    static let logs = BlockSchema(
        signal: .logs,
        numbers: commonNumbers + [
            NumberColumn(name: "sent_time", form: .plain),
            NumberColumn(name: "observed_time", form: .plain),
            NumberColumn(name: "severity_number", form: .plain),
        ],
        dictionaries: commonDictionaries + ["severity_text", "body", "event_name"],
        lists: []
    )

    private static let commonNumbers = [
        NumberColumn(name: "time", form: .delta),
        NumberColumn(name: "span_id", form: .plain),
        NumberColumn(name: "flags", form: .plain),
        NumberColumn(name: "dropped_attributes_count", form: .plain),
    ]
    private static let commonDictionaries = ["trace_id", "resource", "scope", "shape"]

    /// `nil` for metrics, which are not stored in blocks.
    init?(_ signal: Signal) {
        switch signal {
        case .traces: self = .spans
        case .logs: self = .logs
        case .metrics: return nil
        }
    }

    private init(signal: Signal, numbers: [NumberColumn], dictionaries: [String], lists: [String]) {
        self.signal = signal
        self.numbers = numbers
        self.dictionaries = dictionaries
        self.lists = lists
    }
}

extension BlockSchema {
    /// Positions in ``numbers``.
    enum Number {
        static let time = 0
        static let spanID = 1
        static let flags = 2
        static let droppedAttributes = 3

        // Spans. A duration is the zigzag of end - start.
        static let duration = 4
        static let parentSpanID = 5
        static let kind = 6
        static let status = 7
        static let droppedEvents = 8
        static let droppedLinks = 9

        // Logs. Both are the zigzag of the difference to the effective time in `time`.
        static let sentTime = 4
        static let observedTime = 5
        static let severityNumber = 6
    }

    /// Positions in ``dictionaries``.
    enum Dictionary {
        /// 16 bytes, big-endian; all zero on a log record outside any trace.
        static let traceID = 0
        /// A schema URL behind its length, then the encoded message.
        static let resource = 1
        static let scope = 2
        /// A row's attribute keys in order: for each a varint, zero for ``BlockColumn/overflow``, else key number + 1.
        static let shape = 3

        // Spans
        static let name = 4
        static let traceState = 5
        static let statusMessage = 6

        // Logs
        static let severityText = 4
        static let body = 5
        static let eventName = 6
    }

    /// Positions in ``lists``: for each row, encoded messages each behind its length.
    enum List {
        static let events = 0
        static let links = 1
    }
}

/// What a column of a block is known by in its directory.
enum BlockColumn {
    static func number(_ index: Int) -> Int { index }
    static func dictionary(_ index: Int) -> Int { 32 + index }
    static func list(_ index: Int) -> Int { 64 + index }
    /// Attributes whose key has no column of its own: a key behind its length, then the value.
    static let overflow = 96
    /// Which traces a block holds, and how many rows of each; see ``Fingerprints``.
    static let fingerprints = 97
    /// Which texts the bodies of logs may contain; see ``TrigramFilter``.
    static let bodyFilter = 98
    static func attribute(_ key: Int) -> Int { 128 + key }
    /// Which texts an attribute has, where they are many; see ``BloomFilter``.
    static func filter(_ key: Int) -> Int { 1 << 17 + key }

    /// Attribute keys that can have a column of their own.
    static let maximumKeys = 1 << 16 - 128
}
