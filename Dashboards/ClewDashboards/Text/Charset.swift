/// The characters that output may use.
public enum Charset: String, Hashable, Sendable, CaseIterable {
    /// Box drawing, block elements and braille.
    case unicode
    /// Only the printable characters of ASCII; whatever else telemetry holds is shown as `?`.
    case ascii
}
