import Testing

@testable import ClewDemoShop

@Suite("Addresses of RabbitMQ servers")
struct AMQPAddressTests {
    @Test("have what a new server has for all that is left out, and no password in their text")
    func parts() throws {
        let short = try AMQPAddress(parsing: "amqp://rabbit")
        #expect(short == AMQPAddress(host: "rabbit"))
        #expect(short.description == "amqp://guest@rabbit:5672")
        let long = try AMQPAddress(parsing: "amqp://shop:p%40ss%2Fw@[::1]:5671/demo%2Fone")
        #expect((long.host, long.port, long.user, long.password) == ("::1", 5671, "shop", "p@ss/w"))
        #expect(long.vhost == "demo/one")
        #expect(!"\(long)".contains("p@ss") && !"\(long)".contains("p%40ss"))
    }

    @Test(
        "that cannot be read are refused without telling the password",
        arguments: [
            "amqp://", "amqp://u:hidden@", "amqp://u:hidden@h:0", "amqp://u:hidden@h:65536", "amqp://u:hidden@h/a/b",
            "amqp://u:hidden%00@h", "amqp://u:hidden@h?x=1", "amqp://u:hidden@h/#x",
        ])
    func malformed(text: String) throws {
        let error = try #require(throws: ShopError.self) { try AMQPAddress(parsing: text) }
        #expect(error.code == .malformedAddress)
        #expect(!error.description.contains("hidden"))
    }

    @Test("are told from those of the shop's own broker; without the trait the message has the command that helps")
    func brokers() throws {
        #expect(try BrokerAddress(parsing: "127.0.0.1:8093").messagingSystem == "clew_shop")
        #expect(throws: ShopError.self) { try BrokerAddress(parsing: "amqps://h") }
        let result = Result { try BrokerAddress(parsing: "amqp://u:hidden@h") }
        #if RabbitMQ
            #expect(try result.get().messagingSystem == "rabbitmq")
        #else
            let error = try #require(throws: ShopError.self) { try result.get() }
            #expect(error.message.contains("'swift build --traits RabbitMQ'"))
            #expect(!error.description.contains("hidden"))
        #endif
    }
}
