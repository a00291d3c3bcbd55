import ClewModel
import ClewWire
import NIOCore
import NIOPosix
import Synchronization

struct UDPExporter: TelemetryExporter {
    init(_ endpoint: HostAndPort) {}
    func export(_ batch: TelemetryBatch) async -> ExportOutcome { .accepted(rejected: 0) }
    func shutdown() async {}
}
