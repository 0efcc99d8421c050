/// How many of the rejected rows of a request are told one by one: the first ones. All of them are counted.
package enum RejectedLimit {
    package static let unlessAsked: UInt16 = 100
    /// As many as a request that is read again row by row may have.
    package static let most: UInt16 = 20_000
}
