import ClewDemoShop
import Foundation

/// The programs of the demo, which are built side by side.
struct Programs: Sendable {
    let clewd: URL
    let clew: URL
    let shop: URL

    /// - Throws: ``ShopError/Code/missingProgram`` when one is not there.
    init() throws(ShopError) {
        guard let own = Bundle.main.executableURL else {
            throw ShopError(.missingProgram, "this program's own file cannot be found")
        }
        let directory = own.resolvingSymlinksInPath().deletingLastPathComponent()
        clewd = try Self.sibling("clewd", in: directory)
        clew = try Self.sibling("clew", in: directory)
        shop = own
    }

    private static func sibling(_ name: String, in directory: URL) throws(ShopError) -> URL {
        let file = directory.appendingPathComponent(name)
        guard FileManager.default.isExecutableFile(atPath: file.path) else {
            throw ShopError(.missingProgram, "'\(name)' is not in \(directory.path); run 'swift build' first")
        }
        return file
    }
}
