import Synchronization

/// What has gone over the connections to one tenant's workers, one after another: counted by event loops, read from anywhere.
package final class WorkerTraffic: Sendable {
    package struct Sums: Equatable, Sendable {
        /// Requests of people and keys.
        package var requests: UInt64 = 0
        /// Bytes of their bodies.
        package var requestBytes: UInt64 = 0
        /// Bytes of the bodies of answers, events included.
        package var answerBytes: UInt64 = 0

        package init(requests: UInt64 = 0, requestBytes: UInt64 = 0, answerBytes: UInt64 = 0) {
            self.requests = requests
            self.requestBytes = requestBytes
            self.answerBytes = answerBytes
        }
    }

    private let requests = Atomic<UInt64>(0)
    private let requestBytes = Atomic<UInt64>(0)
    private let answerBytes = Atomic<UInt64>(0)

    package init() {}

    package var sums: Sums {
        Sums(
            requests: requests.load(ordering: .relaxed),
            requestBytes: requestBytes.load(ordering: .relaxed),
            answerBytes: answerBytes.load(ordering: .relaxed)
        )
    }

    func countRequest() {
        requests.wrappingAdd(1, ordering: .relaxed)
    }

    func countRequestBody(_ bytes: Int) {
        requestBytes.wrappingAdd(UInt64(bytes), ordering: .relaxed)
    }

    func countAnswerBody(_ bytes: Int) {
        answerBytes.wrappingAdd(UInt64(bytes), ordering: .relaxed)
    }
}
