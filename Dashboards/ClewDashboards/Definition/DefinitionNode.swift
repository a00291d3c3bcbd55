import Yams

/// A YAML value with its place, read with errors that say where and what was expected.
struct DefinitionNode {
    let node: Node
    let file: String
    /// What the value is, for messages: `a panel`.
    let role: String

    /// The root of a document.
    init(yaml: String, file: String) throws(DashboardError) {
        guard yaml.utf8.count <= Self.maximumSize else {
            throw DashboardError(.syntax, "the definition is larger than \(Self.maximumSize) bytes", file: file)
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw Self.syntaxError(error, file)
        }
        guard let root else { throw DashboardError(.syntax, "the definition is empty", file: file) }
        self.init(root, file, "the dashboard")
    }

    private init(_ node: Node, _ file: String, _ role: String) {
        self.node = node
        self.file = file
        self.role = role
    }

    /// A definition is written by hand; more than this is none.
    private static let maximumSize = 1 << 20

    var line: Int? { node.mark?.line }

    func error(_ code: DashboardError.Code, _ message: String) -> DashboardError {
        DashboardError(code, message, file: file, line: line)
    }

    /// Refuses keys that are not among these, and values that are no mappings.
    func checkKeys(_ keys: [String]) throws(DashboardError) {
        guard let mapping = node.mapping else {
            throw error(.invalidValue, "expected \(role) as `key: value` lines with \(Self.list(keys))")
        }
        var seen: Set<String> = []
        for (key, _) in mapping {
            let name = key.string ?? "?"
            let place = DefinitionNode(key, file, role)
            guard keys.contains(name) else {
                throw place.error(.unknownKey, "unknown key '\(name)' in \(role); expected \(Self.list(keys))")
            }
            guard seen.insert(name).inserted else {
                throw place.error(.invalidValue, "the key '\(name)' stands twice in \(role)")
            }
        }
    }

    func value(_ key: String) -> DefinitionNode? {
        node.mapping?.first { $0.key.string == key }.map { DefinitionNode($0.value, file, "'\(key)' in \(role)") }
    }

    func required(_ key: String) throws(DashboardError) -> DefinitionNode {
        guard let value = value(key) else { throw error(.missingValue, "\(role) needs the key '\(key)'") }
        return value
    }

    func string() throws(DashboardError) -> String {
        guard let text = node.scalar?.string else { throw error(.invalidValue, "expected a text for \(role)") }
        return text
    }

    func integer(in range: ClosedRange<Int>) throws(DashboardError) -> Int {
        guard let text = node.scalar?.string, let value = Int(text), range.contains(value) else {
            let expected = "expected a whole number from \(range.lowerBound) to \(range.upperBound) for \(role)"
            throw error(.invalidValue, expected + found)
        }
        return value
    }

    func bool() throws(DashboardError) -> Bool {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default: throw error(.invalidValue, "expected true or false for \(role)" + found)
        }
    }

    /// One of the cases of an enumeration.
    func choice<Choice>(_ type: Choice.Type) throws(DashboardError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let text = node.scalar?.string, let value = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue)
            throw error(.invalidValue, "expected \(Self.list(names)) for \(role)" + found)
        }
        return value
    }

    /// The elements of a list, each known to messages as `role`.
    func list(of role: String) throws(DashboardError) -> [DefinitionNode] {
        guard let sequence = node.sequence else { throw error(.invalidValue, "expected a list for \(self.role)") }
        return sequence.map { DefinitionNode($0, file, role) }
    }

    /// The elements of a list, or the single value itself.
    func oneOrMore() -> [DefinitionNode] {
        node.sequence.map { $0.map { DefinitionNode($0, file, role) } } ?? [self]
    }

    private var found: String { node.scalar.map { ", found '\($0.string)'" } ?? "" }

    private static func list(_ names: [String]) -> String {
        names.count < 2
            ? names.joined() : names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    private static func syntaxError(_ error: any Error, _ file: String) -> DashboardError {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            DashboardError(.syntax, "this is not YAML: \(problem)", file: file, line: mark.line)
        default:
            DashboardError(.syntax, "this is not YAML: \(error)", file: file)
        }
    }
}
