import ClewModel
import Testing

@testable import Clew

@Suite("The resource")
struct ResourceTests {
    static let id = "f244832c5a58377c3f1c7581b311c5bd8479808741f3e912d8bea8afe6431cb4"
    static let sandbox = "fc9476ae96a432036914d1d1fcf8f4bba1fa9c8444a3379b0c46c3971590ad04"

    func surroundings(_ files: [String: String], _ environment: [String: String] = [:]) -> Surroundings {
        Surroundings(environment: environment) { files[$0] }
    }

    func resource(
        _ files: [String: String], _ environment: [String: String] = [:], _ detectors: ResourceDetector...
    ) -> Attributes {
        let configuration = Telemetry.Configuration(service: "orders", environment: environment)
        return detectors.flatMap { $0.attributes(surroundings(files, configuration.surroundings)) }
    }

    @Test(
        "a container is known by its control groups",
        arguments: [
            // Docker, control groups of version 1 and 2, and with systemd.
            "12:pids:/docker/\(id)\n11:cpu,cpuacct:/docker/\(id)\n1:name=systemd:/docker/\(id)",
            "0::/docker/\(id)", "0::/system.slice/docker-\(id).scope", "0::/system.slice/docker-\(id).scope/init",
            // containerd and CRI-O in Kubernetes.
            "11:memory:/kubepods/burstable/pod8e1ab3f0-ba9f-4a79-94c8-53c2fd7e0b49/\(id)",
            "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod214f3ba8.slice/cri-containerd-\(id).scope",
            "9:cpuset:/system.slice/containerd.service/kubepods-besteffort-pod214f3ba8.slice:cri-containerd:\(id)",
            "0::/kubepods.slice/kubepods-pod8e1a.slice/crio-\(id).scope", "2:cpu:/kubepods/pod8e1a/crio-\(id)",
            // Podman, as root and as a user.
            "0::/machine.slice/libpod-\(id).scope/container",
            "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(id).scope",
        ]
    )
    func controlGroups(_ text: String) {
        #expect(surroundings(["/proc/self/cgroup": text]).containerID == Self.id)
    }

    @Test("a task of Fargate has an id of its own form")
    func fargate() {
        let text = "5:cpuset:/ecs/c6d3a9a5b1f54d7a9a2c6c6a9a2f4b1e/c6d3a9a5b1f54d7a9a2c6c6a9a2f4b1e-2531612879"
        #expect(
            surroundings(["/proc/self/cgroup": text]).containerID == "c6d3a9a5b1f54d7a9a2c6c6a9a2f4b1e-2531612879")
    }

    @Test(
        "a process outside containers has no container",
        arguments: [
            "0::/", "0::/system.slice/orders.service", "0::/user.slice/user-1000.slice/session-3.scope",
            "12:memory:/system.slice/containerd.service\n0::/init.scope", "", "::::", "garbage", "0::/docker/abc",
            "4:memory:/process_api/8804107107452c18312fa190d3db83a8", "0::/docker/\(id)0",
            "0::/docker/z\(id.dropFirst())",
        ]
    )
    func noContainer(_ text: String) {
        let mounts =
            "22 27 0:21 / /proc rw,relatime - proc proc rw\n30 1 252:0 / / rw shared:1 - ext4 /dev/vda1 rw\n-\n\n"
        #expect(surroundings(["/proc/self/cgroup": text, "/proc/self/mountinfo": mounts]).containerID == nil)
    }

    @Test(
        "a container with its own view of the control groups is known by what its runtime mounts",
        arguments: [
            // Docker; Docker Desktop; Podman of a user; Podman of root.
            "842 822 8:1 /var/lib/docker/containers/\(id)/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw",
            "1001 982 254:1 /docker/containers/\(id)/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw",
            "476 504 0:48 /containers/overlay-containers/\(id)/userdata/.containerenv /run/.containerenv rw,nosuid - tmpfs tmpfs rw",
            "745 735 0:24 /containers/storage/overlay-containers/\(id)/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw",
        ]
    )
    func mounts(_ line: String) {
        let root =
            "564 446 0:164 / / rw,relatime master:190 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/\(Self.sandbox)/fs"
        let files = ["/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": "\(root)\n\(line)\n"]
        #expect(surroundings(files).containerID == Self.id)
    }

    static let podMounts = """
        2776 2775 0:312 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
        4443 4434 259:1 /var/lib/kubelet/pods/2015a4b3-a05b-4e4d-8fa3-699914c33ee8/etc-hosts /etc/hosts rw,noatime - xfs /dev/nvme0n1p1 rw
        4444 4435 259:1 /var/lib/kubelet/pods/2015a4b3-a05b-4e4d-8fa3-699914c33ee8/containers/graylog/d52bb0e5 /dev/termination-log rw - xfs /dev/nvme0n1p1 rw
        4445 4434 259:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/\(sandbox)/hostname /etc/hostname rw - xfs /dev/nvme0n1p1 rw
        """

    @Test("a pod is known by the kubelet's mounts, the service account and HOSTNAME; its sandbox is no container")
    func kubernetes() {
        let files = [
            "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": Self.podMounts,
            "/etc/machine-id": "\(Self.id.prefix(32))\n",
            "/var/run/secrets/kubernetes.io/serviceaccount/namespace": "shop",
        ]
        let environment = ["KUBERNETES_SERVICE_HOST": "10.96.0.1", "HOSTNAME": "orders-5d4f-x2x7", "SECRET": "s"]
        #expect(
            resource(files, environment, .container, .kubernetes) == [
                Attribute("k8s.pod.name", "orders-5d4f-x2x7"),
                Attribute("k8s.pod.uid", "2015a4b3-a05b-4e4d-8fa3-699914c33ee8"),
                Attribute("k8s.namespace.name", "shop"),
                Attribute("k8s.container.name", "graylog"),
            ])
        #expect(resource(files, environment, .host)["host.id"] == nil)
        #expect(resource(files, [:], .kubernetes).isEmpty)
        #expect(Telemetry.Configuration(service: "a", environment: environment).surroundings["SECRET"] == nil)
    }

    @Test("variables of the downward API win over files")
    func downwardAPI() {
        let environment = [
            "KUBERNETES_SERVICE_HOST": "10.96.0.1", "HOSTNAME": "node-7", "POD_NAME": "orders-0", "POD_UID": "u",
            "POD_NAMESPACE": "n", "NODE_NAME": "node-7", "K8S_CONTAINER_NAME": "main", "MY_POD_NAME": "other",
        ]
        #expect(
            resource(["/proc/self/mountinfo": Self.podMounts], environment, .kubernetes) == [
                Attribute("k8s.pod.name", "orders-0"), Attribute("k8s.pod.uid", "u"),
                Attribute("k8s.namespace.name", "n"),
                Attribute("k8s.node.name", "node-7"), Attribute("k8s.container.name", "main"),
            ])
    }

    @Test("the operating system is read as a shell would read it")
    func operatingSystem() {
        let release = """
            # a comment
            PRETTY_NAME="Debian \\"GNU\\"/Linux 12 (bookworm)"
            NAME='Debian'
            VERSION_ID=12
            VERSION
            ID="
            """
        let attributes = resource(["/etc/os-release": release], [:], .os)
        #expect(attributes["os.name"] == "Debian")
        #expect(attributes["os.version"] == "12")
        #expect(attributes["os.description"] == "Debian \"GNU\"/Linux 12 (bookworm)")
        #expect(resource(["/usr/lib/os-release": "NAME=Fedora"], [:], .os)["os.name"] == "Fedora")
    }

    @Test(
        "a machine id is one only if it looks like one",
        arguments: ["", "uninitialized\n", "3d12", "3d12\n3d12", "\u{0}"])
    func machineID(_ text: String) {
        #expect(surroundings(["/etc/machine-id": text]).machineID == nil)
        let id = "3d1219c7c4c5404aaa1f6d2a48adfda4"
        #expect(
            resource(["/etc/machine-id": text, "/var/lib/dbus/machine-id": "\(id)\n"], [:], .host)["host.id"]
                == .string(id))
    }

    @Test("the owner is found in the list of users")
    func owner() {
        let users = "root:x:0:0:root:/root:/bin/bash\n\nbroken\norders:x:1000:1000::/:/bin/false\n:x:7:\n"
        #expect(surroundings(["/etc/passwd": users]).name(ofUser: 1000) == "orders")
        #expect(surroundings(["/etc/passwd": users]).name(ofUser: 7) == nil)
        #expect(surroundings([:]).name(ofUser: 0) == nil)
    }

    @Test("garbage in every file leaves things out, and nothing else", arguments: 0..<50 as Range<UInt64>)
    func garbage(seed: UInt64) {
        let generator = Generator(SplitMix64(seed: seed))
        let pieces = [
            "/", ":", " ", "\n", "=", "\"", "pods", "-", Self.id, ".scope", "/etc/hosts", "\u{0}", "é", "\r\n",
            "sandboxes",
        ]
        let files = Surroundings(environment: ["KUBERNETES_SERVICE_HOST": "x"]) { _ in
            (0..<200).map { _ in pieces[generator.next(below: pieces.count)] }.joined()
        }
        let attributes = ResourceDetector.resource(Telemetry.Configuration(service: "orders"), files).attributes
        #expect(attributes["service.name"] == "orders")
        #expect(attributes.compactMap(\.value.stringValue).allSatisfy { !$0.isEmpty && $0.utf8.count < 4096 })
    }

    final class Generator {
        private var generator: SplitMix64
        init(_ generator: SplitMix64) { self.generator = generator }
        func next(below limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }
    }

    @Test("of this process there is what every process has, and nothing of its arguments")
    func process() throws {
        let resource = try Telemetry(service: "orders", environment: [:]).resource
        for key in [
            "service.instance.id", "host.name", "host.arch", "os.type", "process.executable.path", "process.owner",
        ] {
            #expect(resource.attributes[key]?.stringValue?.isEmpty == false, "\(key)")
        }
        #expect(resource.attributes["process.runtime.name"] == "swift")
        #expect(resource.attributes["process.parent_pid"]?.intValue ?? -1 >= 0)
        #expect(!resource.attributes.contains { $0.key.hasPrefix("process.command") })
        #expect(Set(resource.attributes.map(\.key)).count == resource.attributes.count)
    }

    @Test("detectors can be switched off, and the name of the service stays")
    func switchedOff() throws {
        let environment = ["CLEW_RESOURCE_DETECTORS": "none", "OTEL_RESOURCE_ATTRIBUTES": "host.name=here"]
        let resource = try Telemetry(service: "orders", environment: environment).resource
        #expect(
            resource.attributes.map(\.key) == [
                "service.name", "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version", "host.name",
            ])
        #expect(resource.attributes["host.name"] == "here")
        let one = try Telemetry(service: "orders", environment: ["CLEW_RESOURCE_DETECTORS": "weather, OS"]).resource
        #expect(one.attributes["os.type"] != nil && one.attributes["host.name"] == nil)
    }
}
