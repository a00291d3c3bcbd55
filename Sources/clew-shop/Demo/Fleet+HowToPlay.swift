import ClewDemoShop
import Foundation

extension Fleet {
    /// What runs where, what to type, and how to end it.
    var howToPlay: String {
        let services = FleetMember.all.compactMap { member in
            running[member].map { Self.line(member.name, $0.process, $0.address) }
        }
        let lines = (daemon.map { [Self.line("clewd", $0, collector?.api ?? "")] } ?? []) + services
        let processes = FleetMember.all.reversed().compactMap { running[$0]?.process } + (daemon.map { [$0] } ?? [])
        let pids = processes.map { "\($0.pid)" }.joined(separator: " ")
        return """
            Left running, and writing in \(directory.path):
            \(lines.joined(separator: "\n"))
              OTLP             HTTP \(collector?.otlpHTTP ?? ""), UDP \(collector?.otlpUDP ?? "")

            To play:
              export CLEW_API=\(api)
              \(programs.shop.path) faults --target \(gateway) 'payments.db=400ms@0.2'
              \(programs.shop.path) switches --target \(gateway) dual-write
              \(programs.shop.path) load --target \(gateway) --rate 20 --duration 30s
              \(programs.clew.path) slow
              \(programs.clew.path) audit

            To end it:
              kill \(pids); rm -r \(directory.path)
            """
    }

    private static func line(_ name: String, _ process: ManagedProcess, _ address: String) -> String {
        let width = 16
        let padded = name + String(repeating: " ", count: max(0, width - name.count))
        return "  \(padded) pid \(process.pid)  http://\(address)"
    }
}
