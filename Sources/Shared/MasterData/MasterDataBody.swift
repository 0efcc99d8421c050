/// The JSON of one kind of master data: read by the gateway to refuse what is wrong in itself, and by the worker to store.
package protocol MasterDataBody: JSONBody {}

extension MasterDataBody {
    /// Reads a whole body from bytes that need not outlive the call.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> Self {
        try read(Array(bytes))
    }
}

extension MasterDataResource {
    /// The type of this resource's body.
    package var body: any MasterDataBody.Type {
        switch self {
        case .plants: PlantBody.self
        case .productionLines: LineBody.self
        case .areas: AreaBody.self
        case .products: ProductBody.self
        case .idealRates: IdealRateBody.self
        case .shifts: ShiftBody.self
        case .calendarExceptions: CalendarExceptionBody.self
        case .failures: FailureBody.self
        case .incidents: IncidentBody.self
        case .lineGroups: LineGroupBody.self
        case .layouts: LayoutBody.self
        }
    }

    /// Checks what can be checked of a body without knowing the plant.
    package func check(_ bytes: [UInt8]) throws(Fault) {
        _ = try body.read(bytes)
    }

    /// The same of bytes that need not outlive the call.
    package func check(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        try check(Array(bytes))
    }
}
