/// A field of an OTLP message: what JSON transcoding and validation need to know of it.
struct FieldDescriptor: Sendable {
    enum Kind: Hashable, Sendable {
        case string
        /// Bytes that OTLP/JSON writes as hexadecimal: trace and span ids.
        case hexBytes
        /// Bytes that OTLP/JSON writes as base64, as proto3 JSON does.
        case base64Bytes
        case bool
        case int32
        case sint32
        case uint32
        case int64
        case uint64
        case fixed32
        case fixed64
        /// Nanoseconds since 1970 as a `fixed64`; zero is unknown.
        case unixTime
        case sfixed64
        case double
        case enumeration(EnumType)
        case message(MessageType)

        var wireType: ProtobufField.WireType {
            switch self {
            case .string, .hexBytes, .base64Bytes, .message: .delimited
            case .bool, .int32, .sint32, .uint32, .int64, .uint64, .enumeration: .varint
            case .fixed32: .fixed32
            case .fixed64, .unixTime, .sfixed64, .double: .fixed64
            }
        }
    }

    /// When a field is on the wire.
    enum Presence: Sendable {
        /// Unless it has its type's default.
        case implicit
        /// Whenever it was set: `optional` fields and nested messages.
        case explicit
        /// Whenever it was set, which excludes the message's other fields of this presence.
        case oneof
        case repeated
    }

    let number: UInt32
    /// As in the `.proto` file, in snake case.
    let name: StaticString
    let kind: Kind
    let presence: Presence

    init(_ number: UInt32, _ name: StaticString, _ kind: Kind, _ presence: Presence = .implicit) {
        self.number = number
        self.name = name
        self.kind = kind
        if case .message = kind, presence == .implicit { self.presence = .explicit } else { self.presence = presence }
    }
}
