/// The dashboards that ship with the binary.
public enum BuiltinDashboards {
    /// By name.
    public static let names = ["overview", "red", "service"]

    /// - Throws: ``DashboardError`` for a name that is none of ``names``.
    public static func definition(_ name: String) throws(DashboardError) -> DashboardDefinition {
        let bytes: [UInt8]
        switch name {
        case "overview": bytes = PackageResources.overview_yaml
        case "red": bytes = PackageResources.red_yaml
        case "service": bytes = PackageResources.service_yaml
        default:
            let known = names.joined(separator: ", ")
            throw DashboardError(
                .unknownDashboard, "no dashboard named '\(name)' is built in; there are \(known), or give a file")
        }
        return try DashboardDefinition(yaml: String(decoding: bytes, as: UTF8.self), file: "\(name).yaml")
    }
}
