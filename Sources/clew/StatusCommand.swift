import ArgumentParser
import ClewDashboards
import ClewModel

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the collector has received, stored, refused and dropped."
    )

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        if global.file != nil { throw Failure(.usage, "a file has no status; ask a collector, without --file") }
        let status = try await global.source().status()
        if global.json { return try Output.json(status) }
        StandardStreams.write(blocks(status).render(global.renderOptions))
    }

    private func blocks(_ status: CollectorStatus) -> [Block] {
        [.list([head(status), stored(status.store)] + removed(status.store) + warnings(status))]
            + traffic(status.receivers)
    }

    private func head(_ status: CollectorStatus) -> StyledText {
        let uptime = DurationText.format(UInt64(max(0, status.uptimeSeconds) * 1e9))
        let style: TextStyle = status.state == "ready" ? .good : .warning
        return "clewd \(status.version) is \(status.state, style), up \(uptime)"
    }

    private func stored(_ store: StoreStatus) -> StyledText {
        let content = [
            NumberText.counted(store.spans, "span"), NumberText.counted(store.logRecords, "log record"),
            NumberText.counted(store.blocks, "block"), "\(NumberText.grouped(store.bytesOnDisk)) bytes on disk",
        ].joined(separator: ", ")
        guard let oldest = store.oldest, let newest = store.newest else { return StyledText(content) }
        return StyledText(content) + StyledText(", " + TimeText.range(oldest, newest), .muted)
    }

    private func removed(_ store: StoreStatus) -> [StyledText] {
        guard store.removedRecords > 0 || store.removedDays > 0 else { return [] }
        let days = NumberText.counted(store.removedDays, "whole day")
        let records = NumberText.counted(store.removedRecords, "record")
        return ["\(records) (\(days)) removed by retention and max-disk since the start"]
    }

    private func warnings(_ status: CollectorStatus) -> [StyledText] {
        var lines: [StyledText] = []
        if status.store.damagedBlocks > 0 {
            let blocks = NumberText.counted(status.store.damagedBlocks, "damaged block")
            lines.append("\("!", .error) \(blocks) set aside; everything else is served")
        }
        if status.receivers.datagrams.lost > 0 {
            let datagrams = NumberText.counted(status.receivers.datagrams.lost, "datagram")
            lines.append("\("!", .warning) \(datagrams) lost on the way")
        }
        return lines
    }

    private func traffic(_ receivers: CollectorStatus.Receivers) -> [Block] {
        let groups: [(String, [CollectorStatus.Count], TextStyle)] = [
            ("requests", receivers.requests, .plain), ("requests refused", receivers.refusedRequests, .error),
            ("received", receivers.received, .plain), ("stored", receivers.stored, .good),
            ("refused", receivers.refused, .error), ("dropped", receivers.dropped, .warning),
        ]
        var table = Table(columns: [
            Table.Column("count", .right), Table.Column("what"), Table.Column("signal"), Table.Column("over"),
            Table.Column("reason", minimumWidth: 10),
        ])
        for (what, counts, style) in groups {
            table.rows += counts.map { count in
                [
                    StyledText(NumberText.grouped(count.count), style), StyledText(what), StyledText(count.signal),
                    StyledText(count.transport), StyledText(count.reason ?? "", .muted),
                ]
            }
        }
        return table.rows.isEmpty ? [.paragraph("Nothing has been received yet.")] : [.table(table)]
    }
}
