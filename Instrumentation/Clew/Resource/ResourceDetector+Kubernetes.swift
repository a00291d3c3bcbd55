import ClewModel

extension ResourceDetector {
    /// What a pod's specification usually names the fields that it takes from the downward API; the first that is set.
    private static let podName = ["K8S_POD_NAME", "POD_NAME", "KUBERNETES_POD_NAME", "MY_POD_NAME", "HOSTNAME"]
    private static let podUID = ["K8S_POD_UID", "POD_UID", "KUBERNETES_POD_UID", "MY_POD_UID"]
    private static let namespace = [
        "K8S_NAMESPACE_NAME", "K8S_NAMESPACE", "K8S_POD_NAMESPACE", "POD_NAMESPACE", "KUBERNETES_NAMESPACE",
        "MY_POD_NAMESPACE",
    ]
    private static let nodeName = ["K8S_NODE_NAME", "NODE_NAME", "KUBERNETES_NODE_NAME", "MY_NODE_NAME"]
    private static let containerName = ["K8S_CONTAINER_NAME", "CONTAINER_NAME", "KUBERNETES_CONTAINER_NAME"]

    /// Every variable that a detector looks at.
    static let variables = Set(
        ["KUBERNETES_SERVICE_HOST"] + podName + podUID + namespace + nodeName + containerName)

    /// Source: semantic conventions, "Kubernetes" resources.
    static func kubernetes(_ surroundings: Surroundings) -> [(String, AttributeValue?)] {
        func first(_ names: [String]) -> String? {
            names.lazy.compactMap { surroundings.environment[$0] }.compactMap(Surroundings.line).first
        }
        return [
            (SemanticConventions.k8sPodName, first(podName)),
            (SemanticConventions.k8sPodUID, first(podUID) ?? surroundings.podUID),
            (SemanticConventions.k8sNamespaceName, first(namespace) ?? surroundings.serviceAccountNamespace),
            (SemanticConventions.k8sNodeName, first(nodeName)),
            (SemanticConventions.k8sContainerName, first(containerName) ?? surroundings.podContainer),
        ].map { ($0, $1.map(AttributeValue.string)) }
    }
}
