package let placeholderManufacturingKPI = 0
