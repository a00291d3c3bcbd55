import Foundation
import GRDB

extension StoreError {
    init(opening path: String, _ error: any Error) {
        switch error {
        case let other as OtherFormat:
            let isNewer = other.version > StoreFormat.version
            self.init(
                isNewer ? .newerFormat : .olderFormat,
                "\(path) has format \(other.version), and this version of clewd reads format \(StoreFormat.version): "
                    + "use \(isNewer ? "a newer" : "the older") clewd, or another data directory"
            )
        case let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN:
            self.init(.readOnly, "cannot open \(path): make its directory writable, or choose another", cause: error)
        default: self.init("open", path, error)
        }
    }

    init(writing path: String, _ error: any Error) {
        self.init("write", path, error)
    }

    init(reading path: String, _ error: any Error) {
        self.init("read", path, error)
    }

    private init(_ verb: String, _ path: String, _ error: any Error) {
        if let error = error as? StoreError {
            self = error
            return
        }
        if let error = error as? FileError {
            self.init(error)
            return
        }
        let text = "cannot \(verb) \(path): \(error)"
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_FULL?: self.init(.diskFull, "\(text); free some space on the disk", cause: error)
        case .SQLITE_READONLY?, .SQLITE_PERM?, .SQLITE_CANTOPEN?:
            self.init(.readOnly, "\(text); make the data directory writable", cause: error)
        default: self.init(.engine, text, cause: error)
        }
    }
}

extension StoreError {
    init(_ error: FileError) {
        switch error.code {
        case ENOSPC, EDQUOT: self.init(.diskFull, "the disk is full: \(error); free some space on it", cause: error)
        case EACCES, EPERM, EROFS, EISDIR:
            self.init(.readOnly, "\(error); make the data directory writable", cause: error)
        default: self.init(.engine, "\(error)", cause: error)
        }
    }
}

extension DatabaseError {
    /// Whether the file itself is broken.
    var isDamage: Bool { resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB }
}
