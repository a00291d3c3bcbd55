import AsyncHTTPClient
import ClewAnalysis
import ClewModel
import Foundation
import NIOCore
import NIOHTTP1

extension DaemonSource {
    /// Asks for the answer in lines, so that the collector tells how far it has come, and notices when nobody waits any
    /// more.
    func explain(_ question: ExplainQuestion) async throws(Failure) -> Explanation {
        var parameters = Self.parameters(question.time)
        if let service = question.service { parameters.append(("service", service)) }
        if let operation = question.operation { parameters.append(("operation", operation)) }
        if let baseline = question.baseline {
            parameters.append(("baseline-from", String(baseline.lowerBound)))
            parameters.append(("baseline-to", String(baseline.upperBound)))
        }
        if !question.usesLogs { parameters.append(("logs", "0")) }
        let (status, body) = try await send(
            request("explain", parameters, accept: "application/x-ndjson")
        ) { response in
            var reader = AnswerLines(question.progress)
            for try await part in response.body { try reader.add(Array(part.readableBytesView)) }
            return (response.status.code, reader.answer)
        }
        guard status == 200 else { throw refusal(status, body, "explain") }
        guard !body.isEmpty else { throw Failure(.failed, "\(base) ended before its answer was complete") }
        if let message = message(in: body) { throw Failure(.failed, message) }
        return try understood(body, "explain")
    }
}

/// Takes an answer in lines apart: those that tell of progress, and the last, which is the answer.
private struct AnswerLines {
    private struct Progress: Decodable {
        var progress: Double
    }

    private let progress: (Double) -> Void
    private var pending: [UInt8] = []
    private var last: [UInt8] = []

    init(_ progress: @escaping (Double) -> Void) {
        self.progress = progress
    }

    /// The last line that is not of progress; also one that does not end in a line break, as errors do not.
    var answer: [UInt8] { pending.isEmpty ? last : pending }

    /// - Throws: `NIOTooManyBytesError` for a line that is longer than an answer may be.
    mutating func add(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            finish(pending + rest[..<end])
            pending = []
            rest = rest[(end + 1)...]
        }
        pending += rest
        guard pending.count <= DaemonSource.maximumAnswerBytes else {
            throw NIOTooManyBytesError(maxBytes: DaemonSource.maximumAnswerBytes)
        }
    }

    private mutating func finish(_ line: [UInt8]) {
        if let line = try? JSONDecoder().decode(Progress.self, from: Data(line)) {
            progress(line.progress)
        } else {
            last = line
        }
    }
}
