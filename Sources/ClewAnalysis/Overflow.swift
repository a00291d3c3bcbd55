/// What stands for everything past a bound on distinct names.
public enum Overflow {
    /// The service or operation that the excess is counted under, so that totals stay right.
    public static let name = "_other"
}
