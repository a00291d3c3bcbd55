import ClewDemoShop
import Foundation

extension Fleet {
    /// What runs where, what to type, and how to end it.
    var howToPlay: String {
        let width = 10
        let lines = processes.map { process in
            let name = process.name + String(repeating: " ", count: max(0, width - process.name.count))
            let address = ServiceName(rawValue: process.name).flatMap { services[$0] } ?? collector?.api ?? ""
            return "  \(name) pid \(process.pid)  http://\(address)"
        }
        let pids = processes.map { "\($0.pid)" }.joined(separator: " ")
        return """
            Left running, and writing in \(directory.path):
            \(lines.joined(separator: "\n"))
              OTLP       HTTP \(collector?.otlpHTTP ?? ""), UDP \(collector?.otlpUDP ?? "")

            To play:
              export CLEW_API=\(api)
              \(programs.shop.path) faults --target \(gateway) 'payments.db=400ms@0.2'
              \(programs.shop.path) load --target \(gateway) --rate 20 --duration 30s
              \(programs.clew.path) slow

            To end it:
              kill \(pids); rm -r \(directory.path)
            """
    }
}
