import IPC
import NIOCore
import Shared

/// GET and PUT of the tenant's settings.
extension WorkerRequests {
    func listSettings(_ model: PlantModel) -> Answer {
        let encoder = MasterDataJSON(now: clock())
        var json = JSONWriter()
        json.object { json in
            json.key("items")
            json.array { json in
                for key in SettingKey.allCases { encoder.write(key, model.setting(key), to: &json) }
            }
        }
        return .json(json)
    }

    func readSetting(_ call: ReadSetting, _ model: PlantModel) -> Answer {
        .object(MasterDataJSON(now: clock()).object(call.key, model.setting(call.key)))
    }

    func replaceSetting(_ call: ReplaceSetting, _ request: IncomingRequest) async throws -> Answer {
        let body = try SettingBody.read(call.key, Array(buffer: request.body))
        return .object(
            try await changing { try await change(request).set(call.key, body.value, call.precondition) })
    }
}
