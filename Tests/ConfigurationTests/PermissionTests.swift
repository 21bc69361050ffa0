import Testing

@testable import Configuration

/// Octal as people write it, decimal as YAML libraries write it.
@Suite struct `Permissions` {
    @Test(
        arguments: [
            ("0660", 0o660), ("660", 0o660), ("0o640", 0o640), ("432", 0o660), ("384", 0o600), ("416", 0o640),
            ("448", 0o700), ("0666", 0o666), ("0432", 0o432), ("0", 0), ("0777", 0o777), ("770", 0o770),
        ] as [(String, UInt32)]
    )
    func `have the one sensible meaning of their digits, or the one that is written out`(text: String, mode: UInt32) {
        #expect(FilePermissions.read(text) == .mode(mode))
    }

    @Test(arguments: [
        ("420", FilePermissions.doubtful(octal: "0420", decimal: "0644")),
        ("666", .doubtful(octal: "0666", decimal: nil)),
        ("438", .doubtful(octal: "0666", decimal: nil)), ("511", .doubtful(octal: "0511", decimal: "0777")),
        ("7", .doubtful(octal: "0007", decimal: "0007")),
    ])
    func `that give others anything or take the owner's rights are never a guess`(
        text: String,
        expected: FilePermissions
    ) {
        #expect(FilePermissions.read(text) == expected)
        #expect(Sample.problems("control-services: {permissions: \(text)}").count == 1)
    }

    @Test(arguments: ["", "-1", "0800", "1777", "0o", "0x1ff", "rw", "4294967296", "99999999999999999999", "６６０"])
    func `of no file are refused`(text: String) {
        #expect(FilePermissions.read(text) == .invalid)
    }

    @Test func `of every number are a mode that needs no guess, or an error`() {
        for number in 1...1000 {
            guard case .mode(let mode) = FilePermissions.read("\(number)") else { continue }
            #expect(mode & 0o007 == 0 && mode & 0o600 == 0o600, "\(number)")
        }
    }
}
