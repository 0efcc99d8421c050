import Glibc

/// How a program ends that may have connections: at once, with everything written that was printed.
///
/// `exit` would run what libraries have registered for the end (libpq's own libraries free their state there), while threads of
/// connections that were just closed still use it.
package enum ProcessEnd {
    package static func now(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
