/// The version of the collector.
public enum CollectorVersion {
    public static let current = "0.1.0"
}
