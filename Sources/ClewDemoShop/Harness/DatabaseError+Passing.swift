import GRDB

extension DatabaseError {
    /// Whether it is what somebody can mend, such as a full disk, or what ends by itself, such as a lock.
    var isPassing: Bool {
        [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_READONLY, .SQLITE_CANTOPEN].contains(resultCode)
    }
}
