import Foundation
import Testing

@testable import Identity

@Suite struct SecretSealingTests {
    private let key = RandomBytes.make(count: 32)

    @Test func opensWhatItSealed() throws {
        let sealing = try SecretSealing(keyFile: key)
        let sealed = try sealing.seal(Array("clave".utf8), purpose: "a")
        #expect(try sealing.open(sealed, purpose: "a") == Array("clave".utf8))
        #expect(try sealing.seal(Array("clave".utf8), purpose: "a") != sealed)
    }

    @Test func refusesEveryChangedByteAndAnotherPurpose() throws {
        let sealing = try SecretSealing(keyFile: key)
        let sealed = try sealing.seal([1, 2, 3], purpose: "a")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SecretSealingError.self) { try sealing.open(changed, purpose: "a") }
        }
        #expect(throws: SecretSealingError.changed) { try sealing.open(sealed, purpose: "b") }
        #expect(throws: SecretSealingError.notSealed) { try sealing.open(Array(sealed.prefix(20)), purpose: "a") }
        #expect(try sealing.open(sealed, purpose: "a") == [1, 2, 3])
    }

    @Test func rotates() throws {
        let sealed = try SecretSealing(keyFile: key).seal([7], purpose: "a")
        let rotated = try SecretSealing(keyFile: RandomBytes.make(count: 32) + key)
        #expect(try rotated.open(sealed, purpose: "a") == [7])
        #expect(rotated.isSealedWithOlderKey(sealed))
        #expect(!rotated.isSealedWithOlderKey(try rotated.seal([7], purpose: "a")))
        let other = try SecretSealing(keyFile: RandomBytes.make(count: 32))
        #expect(throws: SecretSealingError.unknownKey) { try other.open(sealed, purpose: "a") }
    }

    @Test func aKeyFileGetsANewKeyInFrontAndLosesTheOldOnes() throws {
        let both = SecretSealing.keyFile(before: key)
        #expect(both.count == 64 && Array(both.suffix(32)) == key)
        let ids = try SecretSealing(keyFile: both).keyIDs
        #expect(try ids[1] == SecretSealing(keyFile: key).keyIDs[0] && ids[0] != ids[1])
        #expect(try SecretSealing(keyFile: SecretSealing.keyFile(firstOf: both)).keyIDs == [ids[0]])
    }

    @Test(arguments: [0, 16, 31, 33])
    func refusesKeysOfOtherLengths(length: Int) {
        #expect(throws: SecretSealingError.wrongKeyLength) {
            try SecretSealing(keyFile: RandomBytes.make(count: length))
        }
    }
}

@Suite struct SecretFileTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "camet-secret-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    @Test func isCreatedOnceForItsOwnerOnly() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = SecretFile(path: folder.appending(path: "key").path)
        #expect(throws: SecretFileError.missing(file.path)) { try file.read() }
        #expect(try file.create(Array("uno\n".utf8)))
        #expect(try !file.create(Array("dos".utf8)))
        #expect(try file.readText() == "uno")
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
    }

    @Test func isReplacedWhole() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = SecretFile(path: folder.appending(path: "key").path)
        _ = try file.create([1])
        let stamp = FileStamp(path: file.path)
        #expect(FileStamp(path: file.path) == stamp && stamp != nil)
        try file.replace([2, 3])
        #expect(try file.read() == [2, 3])
        #expect(FileStamp(path: file.path) != stamp)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
    }

    @Test func itsKeysAreReadAgainWhenOneIsNotKnownAndBeforeItSeals() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = SecretFile(path: folder.appending(path: "key").path)
        let first = RandomBytes.make(count: 32)
        _ = try file.create(first)
        let keys = try SealingKeyFile(path: file.path)
        let old = try keys.seal([1], purpose: "a")
        let both = SecretSealing.keyFile(before: first)
        try file.replace(both)
        let new = try SecretSealing(keyFile: both).seal([2], purpose: "a")
        #expect(try keys.open(new, purpose: "a") == [2])
        #expect(try keys.open(old, purpose: "a") == [1])
        #expect(try !SecretSealing(keyFile: both).isSealedWithOlderKey(try keys.seal([3], purpose: "a")))
        let last = SecretSealing.keyFile(before: [])
        try file.replace(last)
        #expect(try SecretSealing(keyFile: last).open(try keys.seal([4], purpose: "a"), purpose: "a") == [4])
        #expect(throws: SecretSealingError.unknownKey) { try keys.open(old, purpose: "a") }
        #expect(throws: SecretSealingError.changed) { try keys.open(try keys.seal([5], purpose: "a"), purpose: "b") }
    }

    @Test func isRefusedWhenOthersCanReadItOrItIsALink() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = SecretFile(path: folder.appending(path: "key").path)
        _ = try file.create([1])
        #expect(chmod(file.path, 0o640) == 0)
        #expect(throws: SecretFileError.openToOthers(file.path)) { try file.read() }
        #expect(chmod(file.path, 0o600) == 0)
        #expect(try file.read() == [1])
        let link = SecretFile(path: folder.appending(path: "link").path)
        #expect(symlink(file.path, link.path) == 0)
        #expect(throws: SecretFileError.self) { try link.read() }
    }
}

@Suite struct Base64URLTests {
    @Test func decodesWhatFoundationEncodes() {
        for count in 0..<200 {
            let bytes = RandomBytes.make(count: count)
            let text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
            #expect(Base64URL.decode(text[...].utf8) == bytes)
        }
    }

    @Test(arguments: ["A", "AAAAA", "AB", "AAB", "AA=", "AA==", "A+", "A/", " AA", "AA ", "AA\n", "ÑA", "A.A"])
    func refusesEveryOtherText(text: String) {
        #expect(Base64URL.decode(text[...].utf8) == nil)
    }
}

@Suite struct SigningKeyTextTests {
    @Test func theKeysOfAFileAreToldApart() {
        let (first, second) = (SigningKeyText.makePrivateKeyPEM(), SigningKeyText.makePrivateKeyPEM())
        #expect(SigningKeyText.privateKeys(of: first + second) == [first, second])
        let noted = "a note\n" + first.replacing("\n", with: "\r\n") + "\n" + second
        #expect(SigningKeyText.privateKeys(of: noted).count == 2)
        #expect(SigningKeyText.privateKeys(of: "no key").isEmpty)
    }
}
