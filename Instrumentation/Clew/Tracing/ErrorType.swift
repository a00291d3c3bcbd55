/// The value of `error.type` for a thrown error.
public enum ErrorType {
    /// The error's type with its module, for example `NIOCore.IOError`: low in cardinality, as the conventions ask.
    public static func name(of error: any Error) -> String {
        String(reflecting: type(of: error))
    }
}
