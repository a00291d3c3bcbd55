public import ClewModel

extension OperationBaseline {
    /// What spans are compared by.
    ///
    /// Libraries name client spans by the method alone, so whom a span calls belongs to it: see ``Hop/target``. The
    /// kind is the span's, not the hop's: that of a call depends on whether the far side's spans have arrived.
    public struct Operation: Hashable, Sendable {
        public var service: String
        /// The span's name.
        public var name: String
        public var kind: SpanKind
        /// The service, database, destination or peer that is called; empty for a service's own work.
        public var target: String

        public init(service: String, name: String, kind: SpanKind, target: String = "") {
            self.service = service
            self.name = name
            self.kind = kind
            self.target = target
        }

        public init(of index: Int, in trace: Trace) {
            let span = trace.spans[index]
            self.init(
                service: span.service, name: span.name, kind: span.kind, target: Hop(of: index, in: trace).target)
        }
    }
}

extension OperationBaseline.Operation: Codable {
    private enum CodingKeys: String, CodingKey {
        case service, name, kind, target
    }

    /// Reads the kind as a word, such as `server`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let text = try container.decode(String.self, forKey: .kind)
        guard let kind = SpanKind(text: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container, debugDescription: "'\(text)' is no kind of span")
        }
        self.init(
            service: try container.decode(String.self, forKey: .service),
            name: try container.decode(String.self, forKey: .name), kind: kind,
            target: try container.decode(String.self, forKey: .target))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(service, forKey: .service)
        try container.encode(name, forKey: .name)
        try container.encode(kind.text, forKey: .kind)
        try container.encode(target, forKey: .target)
    }
}
