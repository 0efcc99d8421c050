import Testing

@testable import Identity

@Suite struct TimeBasedCodeTests {
    /// RFC 6238, appendix B: eight digits there, of which six digits are the last six.
    @Test(arguments: [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ])
    func codesAreThoseOfTheStandard(seconds: Int64, expected: String) {
        let code = TimeBasedCode(seed: Array("12345678901234567890".utf8))
        #expect(code.code(step: TimeBasedCode.step(at: seconds)) == expected)
    }

    @Test func theCurrentStepAndTheOneBeforeAreFound() {
        let code = TimeBasedCode()
        let now: Int64 = 1_700_000_010
        let step = TimeBasedCode.step(at: now)
        #expect(code.step(of: code.code(step: step), at: now) == step)
        #expect(code.step(of: code.code(step: step - 1), at: now) == step - 1)
        let typed = code.code(step: step)
        #expect(code.step(of: typed.prefix(3) + " " + typed.suffix(3), at: now) == step)
        // A code of another step may by chance be that of a valid one.
        let valid = [code.code(step: step), code.code(step: step - 1)]
        for other in [step - 2, step + 1] where !valid.contains(code.code(step: other)) {
            #expect(code.step(of: code.code(step: other), at: now) == nil)
        }
        for wrong in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            #expect(code.step(of: wrong, at: now) == nil)
        }
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func base32IsThatOfTheStandard(plain: String, expected: String) {
        #expect(Base32.text(of: Array(plain.utf8)) == expected)
    }

    @Test func theAddressIsWhatApplicationsRead() {
        let code = TimeBasedCode(seed: Array("12345678901234567890".utf8))
        #expect(
            code.address(issuer: "Camet Analytics", account: "ana@example.com") == """
                otpauth://totp/Camet%20Analytics:ana%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                &issuer=Camet%20Analytics&algorithm=SHA1&digits=6&period=30
                """)
    }
}
