/// A message of the schema with its fields in the order of their numbers.
struct MessageDescriptor: Sendable {
    let fields: [FieldDescriptor]
    /// Each field's name in JSON, in lowerCamelCase.
    let jsonNames: [[UInt8]]
    /// Each field's name in the `.proto` file, which proto3 JSON accepts too.
    let protoNames: [[UInt8]]
    /// Position in ``fields`` by field number; -1 for none.
    let positions: [Int8]

    init(fields unordered: [FieldDescriptor]) {
        let fields = unordered.sorted { $0.number < $1.number }
        var positions = [Int8](repeating: -1, count: Int(fields.last?.number ?? 0) + 1)
        for (position, field) in fields.enumerated() { positions[Int(field.number)] = Int8(position) }
        self.fields = fields
        self.positions = positions
        protoNames = fields.map { Array("\($0.name)".utf8) }
        jsonNames = protoNames.map(Self.camelCase)
    }

    /// The position in ``fields`` of the field with a number.
    func position(of number: UInt32) -> Int? {
        guard number < positions.count, positions[Int(number)] >= 0 else { return nil }
        return Int(positions[Int(number)])
    }

    /// `start_time_unix_nano` as `startTimeUnixNano`, by the rule of protobuf's `json_name`.
    private static func camelCase(_ name: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var raise = false
        for byte in name {
            if byte == UInt8(ascii: "_") {
                raise = true
            } else {
                result.append(raise && byte >= UInt8(ascii: "a") ? byte - 0x20 : byte)
                raise = false
            }
        }
        return result
    }
}
