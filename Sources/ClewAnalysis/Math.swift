#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The functions of the C library that the analysis needs: it knows no Foundation.
enum Math {
    static func log(_ value: Double) -> Double { logarithm(value) }
    static func exp(_ value: Double) -> Double { exponential(value) }
    static func asin(_ value: Double) -> Double { arcsine(value) }
}

private func logarithm(_ value: Double) -> Double { log(value) }
private func exponential(_ value: Double) -> Double { exp(value) }
private func arcsine(_ value: Double) -> Double { asin(value) }
