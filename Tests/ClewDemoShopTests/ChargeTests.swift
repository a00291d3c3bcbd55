import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ClewDemoShop

@Suite("Charges and refunds")
struct ChargeTests {
    private static let keyName = HTTPField.Name(UpstreamRequest.idempotencyKey)

    private static func post(
        _ path: String, _ body: some Encodable, key: String? = nil, with client: any TestClientProtocol
    ) async throws -> TestResponse {
        var headers = HTTPFields()
        if let keyName { headers[keyName] = key }
        return try await client.execute(
            uri: path, method: .post, headers: headers, body: ByteBuffer(bytes: try JSONEncoder().encode(body)))
    }

    private static func charge(
        _ order: String = "o-1", customer: String = "c-014", cents: Int = 500, key: String? = "k-1",
        with client: any TestClientProtocol
    ) async throws -> TestResponse {
        let charge = PaymentsService.NewCharge(order: order, customer: customer, amountCents: cents)
        return try await post("/charges", charge, key: key, with: client)
    }

    private static func refund(_ order: String, key: String, with client: any TestClientProtocol) async throws -> Int {
        let response = try await post("/refunds", PaymentsService.NewRefund(order: order), key: key, with: client)
        return try response.decoded(as: PaymentsService.Refund.self).amountCents
    }

    @Test("a key charges once, and answers the same again")
    func replay() async throws {
        try await ServiceUnderTest.run(.payments) { service in
            try await service.routes { client in
                let first = try await Self.charge(with: client)
                let second = try await Self.charge(with: client)
                #expect([first.status, second.status] == [.created, .created])
                #expect(
                    try first.decoded(as: PaymentsService.Charge.self)
                        == second.decoded(as: PaymentsService.Charge.self))
                #expect(try await Self.refund("o-1", key: "k-2", with: client) == 500)
            }
        }
    }

    @Test("a key that was given for something else, and an order that was charged under another key, are refused")
    func forgedKeys() async throws {
        try await ServiceUnderTest.run(.payments) { service in
            try await service.routes { client in
                _ = try await Self.charge(with: client)
                #expect(try await Self.charge(cents: 501, with: client).status == .unprocessableContent)
                #expect(try await Self.charge("o-2", with: client).status == .unprocessableContent)
                #expect(try await Self.charge(key: "k-2", with: client).status == .conflict)
                #expect(try await Self.charge("o-2", key: "k-3", with: client).status == .created)
            }
        }
    }

    @Test("what is no charge is refused", arguments: [-1, 0, 1_000_000_001, Int.min])
    func amounts(cents: Int) async throws {
        try await ServiceUnderTest.run(.payments) { service in
            try await service.routes { client in
                let found = try await Self.charge(cents: cents, with: client).status
                #expect(found == .badRequest)
            }
        }
    }

    @Test("a charge without a key, or with one that is none, is refused", arguments: [nil, "", "k 1"])
    func noKey(key: String?) async throws {
        try await ServiceUnderTest.run(.payments) { service in
            try await service.routes { client in
                let found = try await Self.charge(key: key, with: client).status
                #expect(found == .badRequest)
            }
        }
    }

    @Test("a blocked card is declined")
    func blocked() async throws {
        try await ServiceUnderTest.run(.payments) { service in
            try await service.routes { client in
                let found = try await Self.charge(customer: "c-013", with: client).status.code
                #expect(found == 402)
            }
        }
    }

    @Test("a refund pays back once, and a charge that comes after it is too late")
    func lateCharge() async throws {
        try await ServiceUnderTest.run(.payments) { service in
            try await service.routes { client in
                _ = try await Self.charge(with: client)
                #expect(try await Self.refund("o-1", key: "k-2", with: client) == 500)
                #expect(try await Self.refund("o-1", key: "k-3", with: client) == 0)
                #expect(try await Self.refund("o-2", key: "k-4", with: client) == 0)
                #expect(try await Self.charge("o-2", key: "k-5", with: client).status == .conflict)
            }
        }
    }

    @Test("while keys are not heeded, one key charges again")
    func noIdempotency() async throws {
        try await ServiceUnderTest.run(.payments, switches: [.noIdempotency]) { service in
            try await service.routes { client in
                // Each is committed, also those whose answer gets lost.
                for _ in 0..<20 { _ = try await Self.charge(with: client) }
            }
            let database = try service.environment.openDatabase(of: .payments)
            let count = try await database.read(from: "charges", "SELECT COUNT(*) FROM charges") { db, sql in
                try Int.fetchOne(db, sql: sql)
            }
            #expect(count == 20)
        }
    }

    @Test(
        "only version 2 breaks the contract, and only with its switch", arguments: ["1.0.0", "2.0.0"], [false, true])
    func breakingChange(version: String, isOn: Bool) async throws {
        try await ServiceUnderTest.run(.payments, switches: isOn ? [.breakingChange] : []) { service in
            var environment = service.environment
            environment.version = version
            try await ServiceUnderTest(environment: environment).routes { client in
                let status = try await Self.charge(with: client).status
                #expect(status == (isOn && version == "2.0.0" ? .badRequest : .created))
            }
        }
    }
}
