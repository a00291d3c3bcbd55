/// The version of everything that is built from this package: the library, the collector and the CLI.
public enum ReleaseVersion {
    public static let current = "0.1.0"
}
