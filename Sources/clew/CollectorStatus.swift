/// What a collector says of itself: the body of `/api/v1/status`.
struct CollectorStatus: Codable {
    struct Store: Codable {
        var spans: Int
        var logRecords: Int
        var blocks: Int
        var bytesOnDisk: Int
        var oldest: UInt64?
        var newest: UInt64?
        var damagedBlocks: Int
    }

    struct Count: Codable {
        var signal: String
        var transport: String
        var reason: String?
        var count: Int
    }

    struct Datagrams: Codable {
        struct Source: Codable {
            var id: String
            var received: Int
            var lost: Int
            var late: Int
        }

        var lost: Int
        var late: Int
        var sources: [Source]
    }

    struct Receivers: Codable {
        var requests: [Count]
        var refusedRequests: [Count]
        var received: [Count]
        var stored: [Count]
        var refused: [Count]
        var dropped: [Count]
        var datagrams: Datagrams
    }

    var version: String
    var uptimeSeconds: Double
    var state: String
    var store: Store
    var receivers: Receivers
}
