/// How it is told where the rest of a request's body ends.
enum RequestFraming: Equatable {
    /// After so many bytes; 0 when there is no body, or all of it has come.
    case length(Int)
    /// By what is in it; so many bytes of the body have come.
    case chunks(carrying: Int)

    /// Counts bytes of the body that have come.
    mutating func came(_ bytes: Int) {
        switch self {
        case .length(let length): self = .length(max(0, length - bytes))
        case .chunks(let carried): self = .chunks(carrying: carried + bytes)
        }
    }
}
