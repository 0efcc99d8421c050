import PostgresClient
import Shared

/// One kind of master data as the worker judges and stores it; one file for each beside this one.
protocol StoredMasterData: MasterDataBody {
    /// Notes every fault that only the plant's data shows.
    func judge(_ rules: inout MasterDataRules)

    /// The field whose value no two objects may share and another object than `id` has.
    func takenField(_ context: MasterDataContext, except id: Int64?) -> String?

    /// Stores a new object; gives its number.
    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64

    /// Replaces an object the principal sees, or puts a version into it.
    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws
}

extension MasterDataResource {
    /// The type of this resource's body as the worker stores it.
    var stored: any StoredMasterData.Type {
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
}
