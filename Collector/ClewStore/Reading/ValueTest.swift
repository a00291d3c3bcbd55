import ClewModel
import ClewWire

/// A condition as it is asked of encoded values (`AnyValue`): text and numbers are compared as they lie there.
struct ValueTest {
    let condition: AttributeCondition
    private let text: [UInt8]
    private var matcher: BoundedMatcher?

    init(_ condition: AttributeCondition) {
        self.condition = condition
        text = Array(condition.value.utf8)
        matcher = condition.pattern.map { BoundedMatcher($0) }
    }

    /// - Parameter value: An `AnyValue` that was validated when it came.
    /// - Throws: ``DamagedColumn``, or ``StoreError`` when a pattern costs too much.
    mutating func meets(_ value: borrowing Swift.Span<UInt8>) throws -> Bool {
        switch condition.comparison {
        case .exists: return true
        case .missing: return false
        default: break
        }
        switch EncodedValue(value) {
        case .text(let start): return try meets(text: value.extracting(start..<value.count))
        case .integer(let integer) where matcher == nil: return condition.accepts(condition.order(of: integer))
        case .double(let double) where matcher == nil: return condition.accepts(condition.order(of: double))
        default: break
        }
        let decoded: AttributeValue
        do throws(WireError) {
            decoded = try OTLP.decodeValue(unsafe value.bytes)
        } catch {
            throw DamagedColumn("a value does not decode: \(error)")
        }
        guard matcher != nil else { return condition.matches(decoded) }
        return try meets(text: Array(decoded.description.utf8).span)
    }

    /// The same of a value that is text.
    mutating func meets(text candidate: borrowing Swift.Span<UInt8>) throws -> Bool {
        switch condition.comparison {
        case .equal: return equals(candidate)
        case .notEqual: return !equals(candidate)
        case .regex: return try matcher?.matches(candidate) ?? false
        case .notRegex: return try !(matcher?.matches(candidate) ?? true)
        case .exists: return true
        case .missing: return false
        case .greater, .greaterOrEqual, .less, .lessOrEqual: return condition.accepts(order(of: candidate))
        }
    }

    private func equals(_ candidate: borrowing Swift.Span<UInt8>) -> Bool {
        guard candidate.count == text.count else { return false }
        for index in candidate.indices where candidate[index] != text[index] { return false }
        return true
    }

    /// As ``AttributeCondition/order(ofText:)``.
    private func order(of candidate: borrowing Swift.Span<UInt8>) -> Int {
        for index in 0..<min(candidate.count, text.count) where candidate[index] != text[index] {
            return candidate[index] < text[index] ? -1 : 1
        }
        return candidate.count < text.count ? -1 : candidate.count > text.count ? 1 : 0
    }
}

/// What an encoded `AnyValue` is, as far as its form is the usual one: one field that fills it.
enum EncodedValue {
    /// Text from here to the end.
    case text(from: Int)
    case integer(Int64)
    case double(Double)
    /// Another type, or another form.
    case other

    // Field numbers and wire types of AnyValue, opentelemetry/proto/common/v1/common.proto.
    private static let stringTag: UInt8 = 1 << 3 | 2
    private static let intTag: UInt8 = 3 << 3
    private static let doubleTag: UInt8 = 4 << 3 | 1

    @inline(__always)
    init(_ bytes: borrowing Swift.Span<UInt8>) {
        self = .other
        guard bytes.count >= 2 else { return }
        switch bytes[0] {
        case Self.stringTag:
            let length = bytes[1]
            if length < 0x80 {
                if bytes.count == 2 + Int(length) { self = .text(from: 2) }
            } else if let (length, start) = Self.varint(bytes), length == UInt64(bytes.count - start) {
                self = .text(from: start)
            }
        case Self.intTag:
            if let (value, end) = Self.varint(bytes), end == bytes.count { self = .integer(Int64(bitPattern: value)) }
        case Self.doubleTag:
            guard bytes.count == 9 else { return }
            var bits: UInt64 = 0
            for index in 0..<8 { bits |= UInt64(bytes[1 + index]) << UInt64(8 * index) }
            self = .double(Double(bitPattern: bits))
        default: break
        }
    }

    /// The varint behind the tag, and where it ends.
    private static func varint(_ bytes: borrowing Swift.Span<UInt8>) -> (UInt64, Int)? {
        var value: UInt64 = 0
        for index in 1..<min(bytes.count, 11) {
            value |= UInt64(bytes[index] & 0x7F) << UInt64(7 * (index - 1))
            if bytes[index] < 0x80 { return (value, index + 1) }
        }
        return nil
    }
}
