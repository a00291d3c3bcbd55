extension PanelDefinition.Kind {
    /// What the kind can show; the first is what it shows when the definition does not say.
    var sources: [PanelDefinition.Source] {
        switch self {
        case .stat, .line, .histogram, .heatmap, .bar, .table: [.red]
        case .waterfall: [.trace]
        case .map: [.map]
        case .slow: [.slow]
        }
    }

    var groupings: [PanelDefinition.Grouping] {
        switch self {
        case .stat, .histogram, .heatmap: [.total]
        case .table, .bar: [.service, .operation]
        case .line: [.total, .service, .operation]
        case .slow: [.hop, .route]
        case .waterfall, .map: [.total]
        }
    }

    var defaultGrouping: PanelDefinition.Grouping { groupings[0] }

    var values: [PanelDefinition.Value] {
        switch self {
        case .stat: PanelDefinition.Value.allCases
        case .line: [.rate, .requests, .errors, .errorShare, .p50, .p95, .p99]
        case .bar, .table: [.rate, .requests, .errors, .errorShare, .p50, .p90, .p95, .p99, .max]
        case .histogram, .heatmap, .waterfall, .map, .slow: []
        }
    }

    /// Values that a definition must name.
    var minimumValues: Int {
        switch self {
        case .stat, .line, .bar: 1
        default: 0
        }
    }

    var defaultLimit: Int {
        switch self {
        case .line: 5
        case .waterfall: 100
        case .map: 200
        default: 10
        }
    }
}

extension PanelDefinition.Value {
    var unit: ValueUnit {
        switch self {
        case .rate: .rate
        case .requests, .errors, .services, .operations: .count
        case .errorShare: .share
        case .p50, .p90, .p95, .p99, .max: .duration
        }
    }

    /// The head of a column or the name of a figure.
    var label: String {
        switch self {
        case .errorShare: "error share"
        default: rawValue
        }
    }
}
