import ClewModel

/// The version of the collector.
public enum CollectorVersion {
    public static let current = ReleaseVersion.current
}
