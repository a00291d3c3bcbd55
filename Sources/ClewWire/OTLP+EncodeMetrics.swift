import ClewModel

extension Metric: EnvelopeItem {
    func write(to writer: inout ProtobufWriter) {
        writer.nonEmptyString(1, name)
        writer.nonEmptyString(2, description)
        writer.nonEmptyString(3, unit)
        data.write(to: &writer)
        writer.attributes(12, metadata)
    }
}

extension MetricData {
    func write(to writer: inout ProtobufWriter) {
        switch self {
        case .gauge(let points):
            writer.message(5) { writer in
                for point in points { writer.message(1, point.write) }
            }
        case .sum(let points, let temporality, let isMonotonic):
            writer.message(7) { writer in
                for point in points { writer.message(1, point.write) }
                writer.nonZeroVarint(2, UInt64(temporality.rawValue))
                writer.nonZeroVarint(3, isMonotonic ? 1 : 0)
            }
        case .histogram(let points, let temporality):
            writer.message(9) { writer in
                for point in points { writer.message(1, point.write) }
                writer.nonZeroVarint(2, UInt64(temporality.rawValue))
            }
        case .exponentialHistogram(let points, let temporality):
            writer.message(10) { writer in
                for point in points { writer.message(1, point.write) }
                writer.nonZeroVarint(2, UInt64(temporality.rawValue))
            }
        case .summary(let points):
            writer.message(11) { writer in
                for point in points { writer.message(1, point.write) }
            }
        }
    }
}

extension NumberPoint {
    func write(to writer: inout ProtobufWriter) {
        writer.times(context)
        if case .double(let value) = value { writer.double(4, value) }
        writer.exemplars(5, context)
        if case .int(let value) = value { writer.fixed64(6, UInt64(bitPattern: value)) }
        writer.attributes(7, context.attributes)
        writer.nonZeroVarint(8, UInt64(context.flags))
    }
}

extension HistogramPoint {
    func write(to writer: inout ProtobufWriter) {
        writer.times(context)
        writer.nonZeroFixed64(4, count)
        if let sum { writer.double(5, sum) }
        writer.packed(6, fixed64: bucketCounts)
        writer.packed(7, fixed64: explicitBounds.map(\.bitPattern))
        writer.exemplars(8, context)
        writer.attributes(9, context.attributes)
        writer.nonZeroVarint(10, UInt64(context.flags))
        if let min { writer.double(11, min) }
        if let max { writer.double(12, max) }
    }
}

extension ExponentialHistogramPoint {
    func write(to writer: inout ProtobufWriter) {
        writer.attributes(1, context.attributes)
        writer.times(context)
        writer.nonZeroFixed64(4, count)
        if let sum { writer.double(5, sum) }
        writer.nonZeroVarint(6, ZigZag.encode(scale))
        writer.nonZeroFixed64(7, zeroCount)
        if positive != Buckets() { writer.message(8, positive.write) }
        if negative != Buckets() { writer.message(9, negative.write) }
        writer.nonZeroVarint(10, UInt64(context.flags))
        writer.exemplars(11, context)
        if let min { writer.double(12, min) }
        if let max { writer.double(13, max) }
        writer.nonZeroFixed64(14, zeroThreshold.bitPattern)
    }
}

extension ExponentialHistogramPoint.Buckets {
    func write(to writer: inout ProtobufWriter) {
        writer.nonZeroVarint(1, ZigZag.encode(offset))
        writer.packed(2, varints: counts)
    }
}

extension SummaryPoint {
    func write(to writer: inout ProtobufWriter) {
        writer.times(context)
        writer.nonZeroFixed64(4, count)
        writer.nonZeroFixed64(5, sum.bitPattern)
        for quantile in quantiles {
            writer.message(6) { writer in
                writer.nonZeroFixed64(1, quantile.quantile.bitPattern)
                writer.nonZeroFixed64(2, quantile.value.bitPattern)
            }
        }
        writer.attributes(7, context.attributes)
        writer.nonZeroVarint(8, UInt64(context.flags))
    }
}

extension Exemplar {
    func write(to writer: inout ProtobufWriter) {
        writer.nonZeroFixed64(2, time)
        if case .double(let value) = value { writer.double(3, value) }
        if let spanID { writer.spanID(4, spanID) }
        if let traceID { writer.traceID(5, traceID) }
        if case .int(let value) = value { writer.fixed64(6, UInt64(bitPattern: value)) }
        writer.attributes(7, filteredAttributes)
    }
}

extension ProtobufWriter {
    /// Every kind of point has its times in fields 2 and 3.
    fileprivate mutating func times(_ context: PointContext) {
        nonZeroFixed64(2, context.start)
        nonZeroFixed64(3, context.time)
    }

    fileprivate mutating func exemplars(_ number: UInt32, _ context: PointContext) {
        for exemplar in context.exemplars { message(number, exemplar.write) }
    }

    fileprivate mutating func packed(_ number: UInt32, fixed64 values: [UInt64]) {
        guard !values.isEmpty else { return }
        tag(number, .delimited)
        varint(UInt64(values.count * 8))
        for value in values { fixed64(value) }
    }

    fileprivate mutating func packed(_ number: UInt32, varints values: [UInt64]) {
        guard !values.isEmpty else { return }
        message(number) { writer in
            for value in values { writer.varint(value) }
        }
    }
}

/// Protobuf's mapping of signed to unsigned numbers for `sint32`, which keeps small negative numbers short.
enum ZigZag {
    static func encode(_ value: Int32) -> UInt64 { UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)) }

    static func decode(_ bits: UInt64) -> Int32 {
        let value = UInt32(truncatingIfNeeded: bits)
        return Int32(bitPattern: value >> 1) ^ -Int32(bitPattern: value & 1)
    }
}
