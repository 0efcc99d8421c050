/// OEE = A × P × Q of the clamped factors.
package enum OverallEquipmentEffectiveness {
    /// Undefined when A is; 0 when A is 0; else undefined when P is. An undefined Q counts as 1.
    package static func figure(availability: Figure, performance: Figure, quality: Figure) -> Figure {
        guard case .value(let availability) = availability else { return availability }
        if availability == 0 { return .value(0) }
        guard case .value(let performance) = performance else { return performance }
        return .value(availability * performance * (quality.value ?? 1))
    }
}
