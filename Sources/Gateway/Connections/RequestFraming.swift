/// How it is told where the rest of a request's body ends.
enum RequestFraming: Equatable {
    /// After so many bytes; 0 when there is no body, or all of it has come.
    case length(Int)
    /// By what is in it.
    case chunks

    /// Takes bytes that have come off the length.
    mutating func came(_ bytes: Int) {
        if case .length(let length) = self { self = .length(max(0, length - bytes)) }
    }
}
