/// State that is what its events made of it.
///
/// ```swift
/// struct Account: EventSourced {
///     enum Event: Codable, Sendable { case opened(owner: String), deposited(cents: Int) }
///     static let streamType = "account"
///     static let snapshotSchema = 1
///     var owner = ""
///     var cents = 0
///     mutating func apply(_ event: Event) { … }
/// }
/// ```
public protocol EventSourced: Codable, Sendable {
    associatedtype Event: Codable & Sendable

    /// The kind of its streams, for example `order`: one of few.
    static var streamType: String { get }
    /// The version of the aggregate's own form. A snapshot of another one is not used: raise it when properties change,
    /// or what ``apply(_:)`` makes of an event.
    static var snapshotSchema: Int { get }
    /// The version of the form of new events, from 1; by default 1.
    static var eventSchema: Int { get }

    /// Before any event.
    init()

    /// What happened is a fact: nothing is refused here, and nothing but the properties changes.
    mutating func apply(_ event: Event)

    /// The kind of an event, as it is stored beside it: by default the case of an enumeration, else the type's name.
    static func eventType(of event: Event) -> String

    /// Reads an event as it was stored: by default what JSON makes of it. One that reads events of earlier schemas
    /// decides by their version.
    static func event(from json: String, type: String, schemaVersion: Int) throws -> Event
}

extension EventSourced {
    public static var eventSchema: Int { 1 }

    public static func eventType(of event: Event) -> String {
        let mirror = Mirror(reflecting: event)
        guard mirror.displayStyle == .enum else { return String(describing: Event.self) }
        // A case without values has no children, and is described by its name.
        return mirror.children.first?.label ?? String(describing: event)
    }

    public static func event(from json: String, type: String, schemaVersion: Int) throws -> Event {
        try StoredJSON.value(from: json, of: "an event '\(type)' of schema \(schemaVersion)")
    }
}
