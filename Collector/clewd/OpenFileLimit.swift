#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many files and sockets the process may have open.
enum OpenFileLimit {
    /// Raises the limit as far as the process itself may (`RLIMIT_NOFILE`, the soft limit to the hard one), because
    /// distributions keep 1024 for the sake of `select`, which nothing here uses.
    ///
    /// - Returns: The limit from now on.
    static func raise() -> Int {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        // Safe: both calls only read or write the structure they are given, during the call.
        guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if unsafe setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
        return Int(clamping: limit.rlim_cur)
    }
}
