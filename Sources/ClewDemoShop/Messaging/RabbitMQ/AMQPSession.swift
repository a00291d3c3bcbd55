#if RabbitMQ
    import CRabbitMQ
    import Foundation

    /// One connection with one channel: the only place that calls librabbitmq, which blocks.
    ///
    /// After a failure that leaves the channel unusable ``failure`` is set, and the session is to be dropped.
    ///
    /// Invariants of the unsafe calls: `connection` is a live connection from `init` to `deinit`, and this instance is used
    /// by one thread at a time, since it is not Sendable. `pool` is initialised as long. What is taken from the pool is used
    /// only until the end of the call that took it, which recycles the pool. What the library returns is copied before the
    /// library is called again.
    @safe
    final class AMQPSession {
        /// Connecting, logging in, each question and each confirmation.
        static let timeout = Duration.seconds(5)
        /// The server or this side gives up after two of them without a sign of life.
        private static let heartbeatSeconds: Int32 = 10
        private static let channel: amqp_channel_t = 1
        /// What `delivery-mode` is for a message that survives a restart (AMQP 0-9-1, basic class).
        private static let persistent: UInt8 = 2
        private static let poolPageSize = 4096

        private let address: AMQPAddress
        private let connection: amqp_connection_state_t
        private let pool: UnsafeMutablePointer<amqp_pool_t>
        private var published: UInt64 = 0
        private(set) var failure: ShopError?

        /// Connects and logs in.
        ///
        /// - Parameter name: What the server's tools call the connection.
        init(to address: AMQPAddress, name: String) throws(ShopError) {
            guard let connection = unsafe amqp_new_connection() else {
                throw ShopError(.brokerFailed, "there is no memory for a connection to \(address)")
            }
            self.address = address
            unsafe self.connection = connection
            unsafe pool = .allocate(capacity: 1)
            unsafe pool.initialize(to: amqp_pool_t())
            unsafe init_amqp_pool(pool, Self.poolPageSize)
            try connect()
            try logIn(name)
            _ = unsafe amqp_channel_open(connection, Self.channel)
            try checkAnswer("open a channel")
        }

        deinit {
            // Closes the socket without waiting for the server, which takes back what was not acknowledged.
            unsafe amqp_destroy_connection(connection)
            unsafe empty_amqp_pool(pool)
            unsafe pool.deallocate()
        }

        private func connect() throws(ShopError) {
            // Safe: the connection owns the socket; the library copies timeouts and the host's name.
            guard let socket = unsafe amqp_tcp_socket_new(connection) else {
                throw fail("there is no memory for a socket")
            }
            var timeout = Self.time(Self.timeout)
            unsafe amqp_set_handshake_timeout(connection, &timeout)
            unsafe amqp_set_rpc_timeout(connection, &timeout)
            let status = unsafe amqp_socket_open_noblock(socket, address.host, Int32(address.port), &timeout)
            try check(status, "connect")
        }

        private func logIn(_ name: String) throws(ShopError) {
            defer { recycle() }
            // Safe: strings and properties are only read, during the call.
            var properties = unsafe try table(["connection_name": .text(name)])
            let reply = unsafe clew_amqp_login(
                connection, address.vhost, Self.heartbeatSeconds, &properties, address.user, address.password)
            unsafe try check(reply, "log in as '\(address.user)' to the vhost '\(address.vhost)'")
        }

        // MARK: What a channel declares

        func declareTopicExchange(_ name: String) throws(ShopError) {
            defer { recycle() }
            _ = unsafe amqp_exchange_declare(
                connection, Self.channel, try bytes(name), try bytes("topic"), 0, 1, 0, 0, amqp_empty_table)
            try checkAnswer("declare the exchange '\(name)'")
        }

        /// A durable queue; one that is there already must have the same arguments.
        func declareQueue(_ name: String, _ arguments: [String: AMQPMessage.Value]) throws(ShopError) {
            defer { recycle() }
            _ = unsafe amqp_queue_declare(
                connection, Self.channel, try bytes(name), 0, 1, 0, 0, try table(arguments))
            try checkAnswer("declare the queue '\(name)'")
        }

        /// How many messages of a queue wait, without those that a consumer holds.
        ///
        /// - Returns: `nil` where there is no such queue, for which the server closes the channel.
        func messageCount(of queue: String) throws(ShopError) -> Int? {
            defer { recycle() }
            let answer = unsafe amqp_queue_declare(
                connection, Self.channel, try bytes(queue), 1, 0, 0, 0, amqp_empty_table)
            // Safe: the library keeps an answer until the next call.
            if let answer = unsafe answer { return unsafe Int(answer.pointee.message_count) }
            let reply = unsafe amqp_get_rpc_reply(connection)
            if unsafe Self.saysNotFound(reply) {
                _ = fail("there is no queue '\(queue)'")
                return nil
            }
            unsafe try check(reply, "look at the queue '\(queue)'")
            throw fail("cannot look at the queue '\(queue)': it did not answer")
        }

        func bind(_ queue: String, to exchange: String, topic: String) throws(ShopError) {
            defer { recycle() }
            _ = unsafe amqp_queue_bind(
                connection, Self.channel, try bytes(queue), try bytes(exchange), try bytes(topic), amqp_empty_table)
            try checkAnswer("bind the queue '\(queue)' to '\(topic)'")
        }

        /// Does nothing where there is no such binding.
        func unbind(_ queue: String, from exchange: String, topic: String) throws(ShopError) {
            defer { recycle() }
            _ = unsafe amqp_queue_unbind(
                connection, Self.channel, try bytes(queue), try bytes(exchange), try bytes(topic), amqp_empty_table)
            try checkAnswer("unbind the queue '\(queue)' from '\(topic)'")
        }

        // MARK: Publishing

        /// Makes ``publish(_:to:routingKey:)`` possible.
        func confirmPublications() throws(ShopError) {
            _ = unsafe amqp_confirm_select(connection, Self.channel)
            try checkAnswer("ask for confirmations")
        }

        /// Returns when the server has it on disk in all queues that it belongs into.
        func publish(_ message: AMQPMessage, to exchange: String, routingKey: String) throws(ShopError) {
            defer { recycle() }
            var properties = unsafe amqp_basic_properties_t()
            unsafe properties._flags = amqp_flags_t(
                AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG
                    | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG)
            unsafe properties.content_type = try bytes("application/json")
            unsafe properties.delivery_mode = Self.persistent
            unsafe properties.message_id = try bytes(message.id)
            unsafe properties.type = try bytes(message.type)
            unsafe properties.headers = try table(message.headers)
            let status = unsafe amqp_basic_publish(
                connection, Self.channel, try bytes(exchange), try bytes(routingKey), 0, 0, &properties,
                try bytes(message.body))
            try check(status, "publish")
            published += 1
            try awaitConfirmation(of: message.id, until: .now + Self.timeout)
        }

        private func awaitConfirmation(of id: String, until end: ContinuousClock.Instant) throws(ShopError) {
            while true {
                guard let method = unsafe try nextMethod(until: end) else {
                    throw fail("it did not confirm the message '\(id)' within \(Self.timeout)")
                }
                // Safe: the library decodes a method into the structure of its name, which it keeps until the next call.
                switch unsafe method.id {
                case AMQP_BASIC_ACK_METHOD:
                    let tag = unsafe method.decoded.load(as: amqp_basic_ack_t.self).delivery_tag
                    if tag >= published { return }
                case AMQP_BASIC_NACK_METHOD:
                    let tag = unsafe method.decoded.load(as: amqp_basic_nack_t.self).delivery_tag
                    guard tag >= published else { continue }
                    throw ShopError(
                        .brokerFailed,
                        "the broker at \(address) refused the message '\(id)': one of its queues is full; try later")
                default: unsafe try refuse(method)
                }
            }
        }

        // MARK: Receiving

        /// - Parameter prefetch: How many messages the server hands out that are not acknowledged yet.
        func consume(_ queue: String, prefetch: UInt16) throws(ShopError) {
            defer { recycle() }
            _ = unsafe amqp_basic_qos(connection, Self.channel, 0, prefetch, 0)
            try checkAnswer("limit what it hands out")
            _ = unsafe amqp_basic_consume(
                connection, Self.channel, try bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table)
            try checkAnswer("consume the queue '\(queue)'")
        }

        /// Waits for a delivery, and does what is due of the heartbeat.
        ///
        /// - Returns: `nil` when none came in time.
        func nextDelivery(within wait: Duration) throws(ShopError) -> AMQPDelivery? {
            unsafe amqp_maybe_release_buffers(connection)
            var envelope = unsafe amqp_envelope_t()
            var timeout = Self.time(wait)
            let reply = unsafe amqp_consume_message(connection, &envelope, &timeout, 0)
            if unsafe reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION {
                let status = unsafe reply.library_error
                switch status {
                case AMQP_STATUS_TIMEOUT.rawValue: return nil
                case AMQP_STATUS_UNEXPECTED_STATE.rawValue:
                    // Something else than a delivery is next, and still to be read.
                    if let method = unsafe try nextMethod(until: .now) { unsafe try refuse(method) }
                    return nil
                default: break
                }
            }
            unsafe try check(reply, "receive")
            // Safe: the envelope was filled in, and everything is copied before it is freed.
            defer { unsafe amqp_destroy_envelope(&envelope) }
            let properties = unsafe envelope.message.properties
            return unsafe AMQPDelivery(
                tag: envelope.delivery_tag,
                routingKey: Self.text(envelope.routing_key),
                message: AMQPMessage(
                    id: Self.has(properties, AMQP_BASIC_MESSAGE_ID_FLAG) ? Self.text(properties.message_id) : "",
                    type: Self.has(properties, AMQP_BASIC_TYPE_FLAG) ? Self.text(properties.type) : "",
                    headers: Self.has(properties, AMQP_BASIC_HEADERS_FLAG) ? Self.values(properties.headers) : [:],
                    body: Self.text(envelope.message.body)))
        }

        func acknowledge(_ tag: UInt64) throws(ShopError) {
            try check(unsafe amqp_basic_ack(connection, Self.channel, tag, 0), "acknowledge")
        }

        /// - Parameter comesAgain: Otherwise it becomes a dead letter.
        func giveBack(_ tag: UInt64, comesAgain: Bool) throws(ShopError) {
            try check(unsafe amqp_basic_nack(connection, Self.channel, tag, 0, comesAgain ? 1 : 0), "give back")
        }

        // MARK: Answers

        /// - Returns: `nil` when none came in time.
        private func nextMethod(until end: ContinuousClock.Instant) throws(ShopError) -> amqp_method_t? {
            unsafe amqp_maybe_release_buffers(connection)
            var frame = unsafe amqp_frame_t()
            var timeout = Self.time(end - .now)
            let status = unsafe amqp_simple_wait_frame_noblock(connection, &frame, &timeout)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            try check(status, "read")
            // Safe: the type says which member of the union it is.
            guard unsafe Int32(frame.frame_type) == AMQP_FRAME_METHOD else {
                throw fail("it sent a message that nobody asked for")
            }
            return unsafe frame.payload.method
        }

        /// Ends the session for a method that ends the channel or the connection; others need no answer.
        private func refuse(_ method: amqp_method_t) throws(ShopError) {
            if let text = unsafe Self.closing(method) { throw fail(text) }
            if unsafe method.id == AMQP_BASIC_CANCEL_METHOD { throw fail("it deleted the queue, or moved it") }
        }

        private func checkAnswer(_ what: String) throws(ShopError) {
            unsafe try check(amqp_get_rpc_reply(connection), what)
        }

        private func check(_ reply: amqp_rpc_reply_t, _ what: String) throws(ShopError) {
            switch unsafe reply.reply_type {
            case AMQP_RESPONSE_NORMAL: return
            case AMQP_RESPONSE_LIBRARY_EXCEPTION: unsafe try check(reply.library_error, what)
            case AMQP_RESPONSE_SERVER_EXCEPTION:
                throw fail("cannot \(what): \(unsafe Self.closing(reply.reply) ?? "it closed the connection")")
            default: throw fail("cannot \(what): it did not answer")
            }
        }

        private func check(_ status: Int32, _ what: String) throws(ShopError) {
            guard status != AMQP_STATUS_OK.rawValue else { return }
            // Safe: the library returns a constant for every status.
            throw fail("cannot \(what): \(unsafe String(cString: amqp_error_string2(status)))")
        }

        private func fail(_ text: String) -> ShopError {
            let error = ShopError(.brokerFailed, "the broker at \(address): \(text)")
            failure = error
            return error
        }

        /// Whether the server closed the channel because something that was asked for is not there.
        private static func saysNotFound(_ reply: amqp_rpc_reply_t) -> Bool {
            guard unsafe reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION,
                unsafe reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD
            else { return false }
            // Safe: as in `awaitConfirmation`.
            let code = unsafe reply.reply.decoded.load(as: amqp_channel_close_t.self).reply_code
            return Int32(code) == AMQP_NOT_FOUND
        }

        /// The server's words where a method closes the channel or the connection.
        private static func closing(_ method: amqp_method_t) -> String? {
            // Safe: as in `awaitConfirmation`.
            switch unsafe method.id {
            case AMQP_CHANNEL_CLOSE_METHOD:
                unsafe text(method.decoded.load(as: amqp_channel_close_t.self).reply_text)
            case AMQP_CONNECTION_CLOSE_METHOD:
                unsafe text(method.decoded.load(as: amqp_connection_close_t.self).reply_text)
            default: nil
            }
        }

        // MARK: Bytes and tables

        /// A copy of a text in the pool.
        private func bytes(_ text: String) throws(ShopError) -> amqp_bytes_t {
            var text = text
            let copy = text.withUTF8 { source -> amqp_bytes_t? in
                // Safe: the library allocates as many bytes as are copied.
                guard let from = source.baseAddress, !source.isEmpty else { return unsafe amqp_empty_bytes }
                guard let to = unsafe amqp_pool_alloc(pool, source.count) else { return nil }
                unsafe to.copyMemory(from: from, byteCount: source.count)
                return unsafe amqp_bytes_t(len: source.count, bytes: to)
            }
            guard let copy = unsafe copy else { throw ShopError(.brokerFailed, "there is no memory for a message") }
            return unsafe copy
        }

        /// A table in the pool.
        private func table(_ values: [String: AMQPMessage.Value]) throws(ShopError) -> amqp_table_t {
            guard !values.isEmpty else { return unsafe amqp_empty_table }
            let size = unsafe values.count * MemoryLayout<amqp_table_entry_t>.stride
            guard let memory = unsafe amqp_pool_alloc(pool, size) else {
                throw ShopError(.brokerFailed, "there is no memory for a message")
            }
            // Safe: the library aligns for every type, and all entries are initialised before anyone reads them.
            let entries = unsafe memory.bindMemory(to: amqp_table_entry_t.self, capacity: values.count)
            for (index, (name, value)) in values.enumerated() {
                var entry = unsafe amqp_table_entry_t()
                unsafe entry.key = try bytes(name)
                switch value {
                case .text(let text):
                    unsafe entry.value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                    unsafe entry.value.value.bytes = try bytes(text)
                case .integer(let number):
                    unsafe entry.value.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
                    unsafe entry.value.value.i64 = number
                case .flag(let isOn):
                    unsafe entry.value.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
                    unsafe entry.value.value.boolean = isOn ? 1 : 0
                }
                unsafe (entries + index).initialize(to: entry)
            }
            return unsafe amqp_table_t(num_entries: Int32(values.count), entries: entries)
        }

        private func recycle() { unsafe recycle_amqp_pool(pool) }

        private static func has(_ properties: amqp_basic_properties_t, _ flag: Int32) -> Bool {
            unsafe properties._flags & amqp_flags_t(flag) != 0
        }

        /// A copy; what is no UTF-8 is replaced.
        private static func text(_ bytes: amqp_bytes_t) -> String {
            // Safe: the library says how long it is.
            guard let start = unsafe bytes.bytes else { return "" }
            return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: bytes.len), as: UTF8.self)
        }

        /// Texts and whole numbers of a table; other values are left out.
        private static func values(_ table: amqp_table_t) -> [String: AMQPMessage.Value] {
            var values: [String: AMQPMessage.Value] = [:]
            // Safe: the library says how many there are, and which member of the union each is.
            for index in 0..<max(0, Int(unsafe table.num_entries)) {
                let entry = unsafe table.entries[index]
                switch unsafe UInt32(entry.value.kind) {
                case AMQP_FIELD_KIND_UTF8.rawValue:
                    unsafe values[text(entry.key)] = .text(text(entry.value.value.bytes))
                case AMQP_FIELD_KIND_I64.rawValue: unsafe values[text(entry.key)] = .integer(entry.value.value.i64)
                case AMQP_FIELD_KIND_I32.rawValue:
                    unsafe values[text(entry.key)] = .integer(Int64(entry.value.value.i32))
                default: break
                }
            }
            return values
        }

        private static func time(_ duration: Duration) -> timeval {
            let (seconds, attoseconds) = max(.zero, duration).components
            return timeval(tv_sec: time_t(seconds), tv_usec: suseconds_t(attoseconds / 1_000_000_000_000))
        }
    }
#endif
