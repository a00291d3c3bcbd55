import ClewModel

/// Reads the messages of a metric into the model.
struct MetricReader {
    private let values = ValueReader()

    func metric(_ bytes: RawSpan, _ message: Range<Int>) throws(WireError) -> Metric? {
        var (name, description, unit) = ("", "", "")
        var metadata: Attributes = []
        var data: MetricData?
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: name = try field.text(bytes)
            case 2: description = try field.text(bytes)
            case 3: unit = try field.text(bytes)
            case 5, 7, 9, 10, 11: data = try self.data(bytes, field)
            case 12: metadata.append(try values.attribute(bytes, field))
            default: break
            }
        }
        return data.map { Metric(name: name, description: description, unit: unit, data: $0, metadata: metadata) }
    }

    private func data(_ bytes: RawSpan, _ field: ProtobufField) throws(WireError) -> MetricData {
        let message = try field.delimited()
        var points: [Range<Int>] = []
        var temporality = AggregationTemporality.unspecified
        var isMonotonic = false
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: points.append(try field.delimited())
            case 2: temporality = AggregationTemporality(rawValue: UInt8(clamping: try field.varint())) ?? .unspecified
            case 3: isMonotonic = try field.varint() != 0
            default: break
            }
        }
        switch field.number {
        case 5: return .gauge(try read(bytes, points, numberPoint))
        case 7: return .sum(try read(bytes, points, numberPoint), temporality: temporality, isMonotonic: isMonotonic)
        case 9: return .histogram(try read(bytes, points, histogramPoint), temporality: temporality)
        case 10: return .exponentialHistogram(try read(bytes, points, exponentialPoint), temporality: temporality)
        default: return .summary(try read(bytes, points, summaryPoint))
        }
    }

    private func read<Point>(
        _ bytes: RawSpan, _ ranges: [Range<Int>], _ point: (RawSpan, Range<Int>) throws(WireError) -> Point
    ) throws(WireError) -> [Point] {
        var points: [Point] = []
        points.reserveCapacity(ranges.count)
        for range in ranges { points.append(try point(bytes, range)) }
        return points
    }

    private func numberPoint(_ bytes: RawSpan, _ message: Range<Int>) throws(WireError) -> NumberPoint {
        var point = NumberPoint(value: .none)
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 2: point.context.start = try field.fixed64()
            case 3: point.context.time = try field.fixed64()
            case 4: point.value = .double(try field.double())
            case 5: point.context.exemplars.append(try exemplar(bytes, try field.delimited()))
            case 6: point.value = .int(Int64(bitPattern: try field.fixed64()))
            case 7: point.context.attributes.append(try values.attribute(bytes, field))
            case 8: point.context.flags = try field.uint32()
            default: break
            }
        }
        return point
    }

    private func histogramPoint(_ bytes: RawSpan, _ message: Range<Int>) throws(WireError) -> HistogramPoint {
        var point = HistogramPoint()
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 2: point.context.start = try field.fixed64()
            case 3: point.context.time = try field.fixed64()
            case 4: point.count = try field.fixed64()
            case 5: point.sum = try field.double()
            case 6: try field.forEachScalar(bytes, .fixed64) { point.bucketCounts.append($0) }
            case 7: try field.forEachScalar(bytes, .fixed64) { point.explicitBounds.append(Double(bitPattern: $0)) }
            case 8: point.context.exemplars.append(try exemplar(bytes, try field.delimited()))
            case 9: point.context.attributes.append(try values.attribute(bytes, field))
            case 10: point.context.flags = try field.uint32()
            case 11: point.min = try field.double()
            case 12: point.max = try field.double()
            default: break
            }
        }
        return point
    }

    private func exponentialPoint(
        _ bytes: RawSpan, _ message: Range<Int>
    ) throws(WireError) -> ExponentialHistogramPoint {
        var point = ExponentialHistogramPoint()
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: point.context.attributes.append(try values.attribute(bytes, field))
            case 2: point.context.start = try field.fixed64()
            case 3: point.context.time = try field.fixed64()
            case 4: point.count = try field.fixed64()
            case 5: point.sum = try field.double()
            case 6: point.scale = ZigZag.decode(try field.varint())
            case 7: point.zeroCount = try field.fixed64()
            case 8: point.positive = try buckets(bytes, try field.delimited())
            case 9: point.negative = try buckets(bytes, try field.delimited())
            case 10: point.context.flags = try field.uint32()
            case 11: point.context.exemplars.append(try exemplar(bytes, try field.delimited()))
            case 12: point.min = try field.double()
            case 13: point.max = try field.double()
            case 14: point.zeroThreshold = try field.double()
            default: break
            }
        }
        return point
    }

    private func buckets(
        _ bytes: RawSpan, _ message: Range<Int>
    ) throws(WireError) -> ExponentialHistogramPoint.Buckets {
        var buckets = ExponentialHistogramPoint.Buckets()
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: buckets.offset = ZigZag.decode(try field.varint())
            case 2: try field.forEachScalar(bytes, .varint) { buckets.counts.append($0) }
            default: break
            }
        }
        return buckets
    }

    private func summaryPoint(_ bytes: RawSpan, _ message: Range<Int>) throws(WireError) -> SummaryPoint {
        var point = SummaryPoint()
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 2: point.context.start = try field.fixed64()
            case 3: point.context.time = try field.fixed64()
            case 4: point.count = try field.fixed64()
            case 5: point.sum = try field.double()
            case 6: point.quantiles.append(try quantile(bytes, try field.delimited()))
            case 7: point.context.attributes.append(try values.attribute(bytes, field))
            case 8: point.context.flags = try field.uint32()
            default: break
            }
        }
        return point
    }

    private func quantile(_ bytes: RawSpan, _ message: Range<Int>) throws(WireError) -> SummaryPoint.Quantile {
        var quantile = SummaryPoint.Quantile(quantile: 0, value: 0)
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: quantile.quantile = try field.double()
            case 2: quantile.value = try field.double()
            default: break
            }
        }
        return quantile
    }

    private func exemplar(_ bytes: RawSpan, _ message: Range<Int>) throws(WireError) -> Exemplar {
        var exemplar = Exemplar(value: .none)
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 2: exemplar.time = try field.fixed64()
            case 3: exemplar.value = .double(try field.double())
            case 4: exemplar.spanID = try field.spanID(bytes).flatMap { $0.isValid ? $0 : nil }
            case 5: exemplar.traceID = try field.traceID(bytes).flatMap { $0.isValid ? $0 : nil }
            case 6: exemplar.value = .int(Int64(bitPattern: try field.fixed64()))
            case 7: exemplar.filteredAttributes.append(try values.attribute(bytes, field))
            default: break
            }
        }
        return exemplar
    }
}
