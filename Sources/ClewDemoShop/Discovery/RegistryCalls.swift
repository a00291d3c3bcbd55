import Hummingbird

/// What the registry and its clients say to each other.
enum RegistryCalls {
    /// The answer to `POST /instances`: the name of the lease, which its holder renews with `PUT /leases/{lease}` and
    /// gives back with `DELETE /leases/{lease}`.
    struct Registration: ResponseCodable {
        var lease: String
        var seconds: Double
    }

    /// The answer to `GET /instances`.
    struct Instances: ResponseCodable {
        var instances: [ServiceInstance]
        /// Whether all that there are have had the time to register: what is not in the list is not there.
        var isComplete: Bool
    }
}
