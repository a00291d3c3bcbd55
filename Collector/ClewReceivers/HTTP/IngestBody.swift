import ClewPipeline
import ClewWire
import NIOCore

/// Collects one request's body within the limits of size and of memory; a compressed one is decompressed as it comes.
struct IngestBody {
    let content: IngestHead.Content
    /// Bytes as they came.
    private(set) var received = 0
    /// The body, decompressed.
    private(set) var bytes: [UInt8]
    /// Bytes of the budget that this body holds; whoever lets go of it must release them.
    private(set) var reserved = 0
    let inflater: Inflater?

    private let limits: IngestLimits
    private let budget: InFlightBudget

    /// - Parameters:
    ///   - buffer: Empty, with whatever capacity it has.
    ///   - inflater: At the beginning of a stream; for a compressed body.
    init(
        _ content: IngestHead.Content, buffer: consuming [UInt8], inflater: Inflater?, limits: IngestLimits,
        budget: InFlightBudget
    ) {
        self.content = content
        bytes = buffer
        self.inflater = inflater
        self.limits = limits
        self.budget = budget
    }

    /// Takes the next part; after a failure no more may follow.
    mutating func append(_ part: ByteBuffer) throws(IngestFailure) {
        received += part.readableBytes
        guard received <= limits.maximumBodyBytes else { throw .bodyTooLarge(limits) }
        if let inflater {
            // Its state is reserved with the first part.
            if reserved == 0 { try reserve(Inflater.memory) }
            // What a part decompresses to is not reserved before its size is known, so that one part per core is held
            // beyond the budget.
            let before = bytes.count
            do {
                try inflater.append(part.readableBytesSpan, to: &bytes, limit: limits.maximumDecompressedBytes)
            } catch {
                throw IngestFailure(error)
            }
            try reserve(bytes.count - before)
        } else {
            try reserve(part.readableBytes)
            bytes.append(contentsOf: part.readableBytesView)
        }
    }

    /// Checks that a compressed body is whole.
    func finish() throws(IngestFailure) {
        do {
            try inflater?.finish()
        } catch {
            throw IngestFailure(error)
        }
    }

    /// Hands the bytes over and keeps none, so that their memory has one owner and can be used again.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    private mutating func reserve(_ more: Int) throws(IngestFailure) {
        guard budget.reserve(more) else {
            throw .overloaded("too many bytes are being received and stored; send again later")
        }
        reserved += more
    }
}

extension IngestFailure {
    static func bodyTooLarge(_ limits: IngestLimits) -> IngestFailure {
        .tooLarge("the body is larger than \(limits.maximumBodyBytes) bytes; send smaller batches")
    }

    /// The answer for bytes that cannot be read.
    init(_ error: WireError) {
        self = error.code == .tooLarge ? .tooLarge("\(error)") : .malformed("\(error)")
    }
}
