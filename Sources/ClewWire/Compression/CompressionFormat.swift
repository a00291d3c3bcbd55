/// What stands around deflated data (RFC 1951).
public enum CompressionFormat: Sendable {
    /// RFC 1952: `Content-Encoding: gzip`; members may follow one another.
    case gzip
    /// RFC 1950: six bytes, with a checksum.
    case zlib

    /// zlib's largest window, 32 KiB; 16 more ask it for gzip.
    var windowBits: Int32 {
        switch self {
        case .gzip: 31
        case .zlib: 15
        }
    }
}
