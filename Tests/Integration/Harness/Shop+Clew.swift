import ClewModel
import ClewWire
import Foundation

extension Shop {
    func clew(_ arguments: String...) async throws -> Program.Result {
        try await Program.run(Program.path("clew"), arguments + ["--api", api])
    }

    /// What `clew find` finds under these options; empty for nothing.
    func spans(_ options: String...) async throws -> [Span] {
        let result = try await Program.run(Program.path("clew"), ["find", "--json", "--api", api] + options)
        guard result.status == 0 else { return [] }
        return try OTLP.decodeTraces(OTLPJSON.toProtobuf(Array(result.output.utf8), .traces))
    }

    /// The journey of an order, once it is as far as it is asked for.
    func journey(of order: String, once isFar: (JourneyAnswer) -> Bool) async throws -> JourneyAnswer {
        do {
            return try await eventually("the journey of \(order) is whole", within: 60) {
                let result = try await clew("journey", "--attribute", "order.id=\(order)", "--json")
                guard result.status == 0 else { return nil }
                let journey = try JSONDecoder().decode(JourneyAnswer.self, from: Data(result.output.utf8))
                return isFar(journey) ? journey : nil
            }
        } catch {
            let text = try await journeyText(of: order)
            throw TestFailure("\(error)\n\(text)")
        }
    }

    /// As it is printed, in columns that need not be cut.
    func journeyText(of order: String) async throws -> String {
        try await clew("journey", "--attribute", "order.id=\(order)", "--width", "400").output
    }
}
