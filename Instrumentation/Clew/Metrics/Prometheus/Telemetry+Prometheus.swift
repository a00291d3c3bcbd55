extension Telemetry {
    /// All metrics of this moment for a scraper, sums since their start whatever is exported over OTLP.
    ///
    /// Among them are those of the library about itself, unless ``Configuration/exportsSDKMetrics`` is false or the program
    /// gave an exporter of its own.
    ///
    /// For services that answer `/metrics` themselves; ``Configuration/prometheus`` listens on a port of its own.
    ///
    /// - Parameter accept: The request's header of that name; OpenMetrics is answered where it asks for it.
    public func prometheusText(accept: String? = nil) async -> PrometheusText {
        await scrape(accept)
    }
}
