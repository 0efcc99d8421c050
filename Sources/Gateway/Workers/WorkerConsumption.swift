import Foundation
import Glibc

/// The memory of a process as the system tells it.
struct ProcessMemory: Equatable, Sendable {
    var residentBytes: Int
    /// Of it, what is not shared with other processes: not the program and its libraries.
    var ownBytes: Int
}

/// What a worker takes of the machine: of a child its process tells, of a unit of systemd its control group.
extension LaunchedWorker {
    private static let controlGroups = "/sys/fs/cgroup"

    /// Nil when it is gone.
    var memory: ProcessMemory? {
        guard let controlGroup else { return memoryOfProcess }
        let text = try? String(contentsOfFile: "\(Self.controlGroups)\(controlGroup)/memory.stat", encoding: .utf8)
        guard let text, let own = Self.number("anon", in: text), let files = Self.number("file_mapped", in: text) else {
            return nil
        }
        return ProcessMemory(residentBytes: Int(own + files), ownBytes: Int(own))
    }

    /// Processor time it has had, with what it started and waited for, in microseconds; nil when it is gone.
    var processorTime: Int64? {
        guard let controlGroup else { return processorTimeOfProcess }
        let text = try? String(contentsOfFile: "\(Self.controlGroups)\(controlGroup)/cpu.stat", encoding: .utf8)
        return text.flatMap { Self.number("usage_usec", in: $0) }
    }

    /// Of a file with a name and a number on each line.
    private static func number(_ name: String, in text: String) -> Int64? {
        for line in text.split(separator: "\n") where line.hasPrefix(name + " ") {
            return Int64(line.dropFirst(name.count + 1))
        }
        return nil
    }

    private var memoryOfProcess: ProcessMemory? {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 2, let resident = Int(fields[1]), let shared = Int(fields[2]) else { return nil }
        let page = sysconf(Int32(_SC_PAGESIZE))
        return ProcessMemory(residentBytes: resident * page, ownBytes: (resident - shared) * page)
    }

    private var processorTimeOfProcess: Int64? {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            // The name before may hold anything.
            let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 15 else { return nil }
        let ticks = fields[12...15].reduce(Int64(0)) { $0 + (Int64($1) ?? 0) }
        return ticks * 1_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
    }
}
