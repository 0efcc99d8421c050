import Testing

@testable import Identity

@Suite struct PasswordRuleTests {
    private func fault(_ password: String, names: [String] = ["ada.lovelace", "ada@example.org"]) -> PasswordRule.Fault?
    {
        PasswordRule.fault(
            in: password, names: names.map { FoldedName($0) }, words: ["aceros-del-sur", "Aceros del Sur S.A."])
    }

    @Test(arguments: [
        ("", PasswordRule.Fault.tooShort), ("x7#kQ9!mZ2v", .tooShort),
        // Eleven characters for whoever counts them, of many more bytes.
        ("👩‍🏭👩‍🏭👩‍🏭👩‍🏭👩‍🏭👩‍🏭👩‍🏭👩‍🏭👩‍🏭👩‍🏭👩‍🏭", .tooShort),
        (String(repeating: "x7#kQ9!mZ2v(", count: 86), .tooLong),
        ("7# ADA.Lovelace kQ9", .containsName), ("7#ada@EXAMPLE.org!m", .containsName),
    ])
    func refusesLengthAndNames(password: String, expected: PasswordRule.Fault) {
        #expect(fault(password) == expected)
    }

    @Test(
        arguments: [
            "aaaaaaaaaaaa", "abababababab", "123456789012", "987654321098", "abcdefghijkl", "qwertyuiop[]",
            "1qaz2wsx3edc",
            "asdfghjklñ12", "password1234", "P4$$w0rd1234", "contraseña2024", "Bienvenido2024!", "iloveyou1234",
            "teamomivida",
            "AcerosDelSur2026", "aceros-camet-1", "administrador", "administrador!", "motherfucker", "jamesbond007!",
            "passwordpassword", "qwerty123456", "!QAZ@WSX#EDC",
        ].filter { $0.count >= 12 })
    func refusesWhatIsTriedFirst(password: String) {
        #expect(fault(password) == .tooCommon, "\(PasswordPieces(password).count(knowing: [], upTo: 9))")
    }

    @Test(arguments: [
        "x7#kQ9!mZ2v(", "mi perro se llama Toby", "correct horse battery", "un tren de Aceros del Sur sale tarde",
        "contraseña de mi tía Rosa", "  twelve blanks ", "ключ от склада", String(repeating: "x7#kQ9!mZ2v(", count: 85),
    ])
    func acceptsWhatIsNotGuessed(password: String) {
        #expect(fault(password) == nil)
    }

    @Test func aNameOfFewLettersMayStandInWords() {
        #expect(fault("mañana llueve otra vez", names: ["ana", "a@b"]) == nil)
        #expect(fault("mañana llueve otra vez", names: ["llueve"]) == .containsName)
    }

    @Test func piecesAreCountedWhateverTheyAreMadeOf() {
        for (text, pieces) in [
            ("", 0), ("x", 1), ("xyz", 1), ("password", 1), ("password!", 2), ("kqkqkqkq", 3), ("2024", 1),
        ] {
            #expect(PasswordPieces(text).count(knowing: [], upTo: 9) == pieces, "\(text)")
        }
        #expect(PasswordPieces(String(repeating: "a", count: 1_024)).count(knowing: [], upTo: 9) == 2)
    }
}
