import ClewDemoShop
import Testing

extension Trait where Self == ConditionTrait {
    static var rabbitMQIsBuiltIn: Self {
        .enabled(
            if: RabbitMQServer.isBuiltIn, "clew-shop was built without RabbitMQ: build and test with --traits RabbitMQ")
    }

    static var rabbitMQIsInstalled: Self {
        .enabled(
            if: RabbitMQServer.isInstalled, "there is no \(RabbitMQNode.standardProgram): install rabbitmq-server")
    }
}
