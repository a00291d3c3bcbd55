import ClewModel
import ClewStore
import HTTPTypes

extension Answer {
    /// What a request is answered with that failed.
    init(failure: any Error) {
        switch failure {
        case let error as APIError: self.init(error)
        case let error as QueryParameterError: self.init(APIError(error))
        case let error as StoreError: self.init(APIError(error))
        default:
            self.init(
                APIError(status: .internalServerError, code: "internal", message: "the answer failed: \(failure)"))
        }
    }
}
