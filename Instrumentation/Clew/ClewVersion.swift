import ClewModel

/// The version of the library, reported as `telemetry.sdk.version` and as the scope's version.
public enum ClewVersion {
    public static let current = ReleaseVersion.current
}
