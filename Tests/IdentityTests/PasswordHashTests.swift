import Testing

@testable import Identity

@Suite struct PasswordHashTests {
    @Test func verifiesItsPasswordAndNoOther() throws {
        let hash = try PasswordHash(password: "una clave larga ñ")
        #expect(hash.verify("una clave larga ñ"))
        #expect(!hash.verify("una clave larga n"))
        #expect(!hash.verify(""))
        #expect(!hash.verify("una clave larga ñ\0"))
    }

    @Test func isStoredWithItsParametersAndReadBack() throws {
        let hash = try PasswordHash(password: "correct horse")
        #expect(hash.text.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try #require(PasswordHash(text: hash.text)).verify("correct horse"))
        #expect(PasswordHash(text: "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA") == nil)
        #expect(PasswordHash(text: "correct horse") == nil)
    }

    @Test func twoHashesOfOnePasswordDiffer() throws {
        #expect(try PasswordHash(password: "p") != PasswordHash(password: "p"))
    }

    @Test func verifyingNobodyTakesTheTimeOfAVerification() throws {
        let hash = try PasswordHash(password: "p")
        let clock = ContinuousClock()
        let known = (0..<5).map { _ in clock.measure { _ = hash.verify("q") } }.min()
        let unknown = (0..<5).map { _ in clock.measure { PasswordHash.verifyNobody("q") } }.min()
        // Coarse on purpose: a dummy that does nothing would be ten thousand times faster.
        #expect(try #require(unknown) * 4 > #require(known))
    }
}
