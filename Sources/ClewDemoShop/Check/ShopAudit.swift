public import Foundation

/// Reads the databases of a shop that has come to rest, and says whether its promises were kept.
///
/// - No order is charged twice, or otherwise than its total.
/// - None is charged and neither shipped nor paid back; none is shipped without being charged.
/// - The stock is what there was at first, less what orders have.
/// - No event is left in an outbox, and none is missing from a consumer that has nothing left to do. Which consumers
///   there are is told by the file of the shop's own broker; with RabbitMQ they are those that the services declare.
/// - Every saga has ended, or is parked and listed.
///
/// It judges by what the services stored, not by what they said of it. In a shop that still works, what is under way
/// counts as broken. Inboxes forget what is older than 30 days: after that, an event that came is missing.
public enum ShopAudit {
    /// Blocks while a RabbitMQ server answers, or does not.
    ///
    /// - Parameters:
    ///   - directory: Where the services keep their files.
    ///   - broker: The RabbitMQ server of the shop, which is asked what waits and what was given up; one that does not
    ///     answer is no error, and said in the report. The shop's own broker is not asked: it keeps a file too.
    /// - Throws: Errors of the database, and what cannot be read of what the services stored.
    public static func check(directory: URL, broker: BrokerAddress? = nil) throws -> Report {
        audit(try ShopRecords(directory: directory, broker: broker))
    }

    static func audit(_ records: ShopRecords) -> Report {
        var report = Report()
        for order in records.orders.values { report.orders[order.state.rawValue, default: 0] += 1 }
        report.parked = records.sagas.filter { $0.phase == "parked" }.map(\.description).sorted()
        report.notes = records.notes
        report.waitingMessages = records.queues?.values.reduce(0) { $0 + $1.depth } ?? 0
        let missing = records.missing.map { Report.Problem(.unreadable, "there is no \($0).sqlite") }
        let problems: [[Report.Problem]] = [
            missing, money(records), stock(records), sagas(records), outboxes(records), events(records),
        ]
        report.problems = problems.flatMap(\.self).sorted { "\($0)" < "\($1)" }
        return report
    }
}
