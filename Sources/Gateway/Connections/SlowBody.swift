/// The body of a request comes more slowly than a client may send it; thrown to whoever reads it.
struct SlowBody: Error {}
