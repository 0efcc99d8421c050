import CProcess
import NIOCore
import NIOPosix

/// Tasks that run on the event loops of NIO's group, so that a request which needs no waiting wakes no other thread. Whatever
/// blocks has threads of its own.
package enum EventLoopTasks {
    /// Has all tasks of the process run so; a task that an event loop makes or resumes stays on it. To be called once, before
    /// there are others.
    ///
    /// `NIOSingletons` would do the same, but finds the runtime only in a shared library.
    ///
    /// - Returns: false where the runtime does not let it.
    package static func install() -> Bool {
        let refused = camet_run_tasks_by { job in
            // What the runtime calls a job is a pointer to it.
            let job = ExecutorJob(unsafeBitCast(job, to: UnownedJob.self))
            MultiThreadedEventLoopGroup.singleton.any().executor.enqueue(job)
        }
        return refused == 0
    }
}
