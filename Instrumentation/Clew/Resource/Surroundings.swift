import ClewModel

/// Where the process runs, as the system's files and the environment tell it.
///
/// The files are read once, not beyond a megabyte each, and believed only as far as they look like what they should be:
/// they may be missing, somebody else's, or garbage.
struct Surroundings {
    let environment: [String: String]
    private let read: (String) -> String?
    /// Each an absolute path of a control group that the process is in.
    private let controlGroups: [Substring]
    private let mounts: [Mount]

    private struct Mount {
        /// The path inside the mounted file system, by its components.
        var root: [Substring]
        var point: Substring
    }

    /// - Parameter read: The text of a file; `nil` where there is none.
    init(environment: [String: String], read: @escaping (String) -> String? = Self.readFile) {
        self.environment = environment
        self.read = read
        // `4:memory:/docker/ID`, cgroups(7).
        controlGroups = Self.lines(read("/proc/self/cgroup")).compactMap { line in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            return fields.count == 3 ? fields[2] : nil
        }
        // `36 35 98:0 /root /point rw - ext4 …`, proc_pid_mountinfo(5).
        mounts = Self.lines(read("/proc/self/mountinfo")).compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5)
            return fields.count == 6 ? Mount(root: fields[3].split(separator: "/"), point: fields[4]) : nil
        }
    }

    private static func readFile(_ path: String) -> String? {
        SystemFile.read(path, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func lines(_ text: String?) -> [Substring] { text?.split(whereSeparator: \.isNewline) ?? [] }

    /// The text if it is one line that can name something: not empty, not long, without control characters.
    static func line(_ text: some StringProtocol) -> String? {
        let line = text.split(whereSeparator: \.isNewline).first.map { String($0.trimmed) } ?? ""
        guard !line.isEmpty, line.utf8.count <= 256, line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        return line
    }
}

extension Surroundings {
    var isKubernetes: Bool { environment["KUBERNETES_SERVICE_HOST"].map { !$0.isEmpty } ?? false }

    /// The id that the container's runtime gave it.
    ///
    /// With control groups of version 1, or those of the host visible, it is in their paths. Otherwise runtimes show it in
    /// the files that they mount. Those of a pod's sandbox (`/etc/hostname` under `sandboxes`, and in a pod in general)
    /// have the sandbox's id, which is not the container's.
    var containerID: String? {
        for group in controlGroups {
            let id = group.split(separator: "/").reversed().lazy.compactMap(Self.containerID(inGroup:)).first
            if let id { return id }
        }
        let own = mounts.first { $0.point == "/run/.containerenv" }
        let hostname = isKubernetes ? nil : mounts.first { $0.point == "/etc/hostname" }
        return [own, hostname].lazy.compactMap { $0 }.filter { !$0.root.contains("sandboxes") }
            .compactMap { $0.root.last(where: Self.isContainerID) }.first.map(String.init)
    }

    /// `ID`, `docker-ID.scope`, `cri-containerd-ID.scope`, `crio-ID`, `libpod-ID.scope`,
    /// `kubepods-podUID.slice:cri-containerd:ID`, and `ID-1234567890` of AWS Fargate.
    private static func containerID(inGroup component: Substring) -> String? {
        let name = component.hasSuffix(".scope") ? component.dropLast(6) : component
        if let last = name.split(whereSeparator: { $0 == "-" || $0 == ":" }).last, isContainerID(last) {
            return String(last)
        }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        let isTask =
            parts.count == 2 && isHexadecimal(parts[0], 32) && parts[1].utf8.count >= 9 && UInt64(parts[1]) != nil
        return isTask ? String(name) : nil
    }

    private static func isContainerID(_ text: Substring) -> Bool { isHexadecimal(text, 64) }

    private static func isHexadecimal(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { $0.hexNibble != nil }
    }

    /// The pod whose files the kubelet mounted: `…/pods/UID/etc-hosts` on `/etc/hosts`, and `…/pods/UID/containers/NAME/HASH`
    /// on the termination log.
    var podUID: String? { podPath.flatMap { $0.first.flatMap(Self.line) } }

    var podContainer: String? {
        guard let path = podPath, path.count == 4, path.dropFirst().first == "containers" else { return nil }
        return path.dropFirst(2).first.flatMap(Self.line)
    }

    private var podPath: ArraySlice<Substring>? {
        for point in ["/dev/termination-log", "/etc/hosts"] {
            guard let root = mounts.first(where: { $0.point == point })?.root,
                let pods = root.lastIndex(of: "pods"), pods + 2 < root.count
            else { continue }
            return root[(pods + 1)...]
        }
        return nil
    }
}

extension Surroundings {
    /// Source: machine-id(5): 32 hexadecimal digits.
    var machineID: String? {
        let files = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        return files.lazy.compactMap(read).compactMap(Self.line).first { Self.isHexadecimal($0[...], 32) }
    }

    /// Source: os-release(5): assignments as a shell reads them.
    var osRelease: [String: String] {
        let text = read("/etc/os-release") ?? read("/usr/lib/os-release")
        var values: [String: String] = [:]
        for line in Self.lines(text) where !line.trimmed.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0].trimmed)] = Self.line(Self.unquoted(parts[1].trimmed)) }
        }
        return values
    }

    /// The name in `/etc/passwd`; a directory on the network is not asked, because that may take long.
    func name(ofUser id: UInt32) -> String? {
        for line in Self.lines(read("/etc/passwd")) {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, UInt32(fields[2]) == id { return Self.line(fields[0]) }
        }
        return nil
    }

    var serviceAccountNamespace: String? {
        read("/var/run/secrets/kubernetes.io/serviceaccount/namespace").flatMap(Self.line)
    }

    private static func unquoted(_ text: Substring) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'", text.count >= 2, text.last == quote else {
            return String(text)
        }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped, quote == "\"" {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
