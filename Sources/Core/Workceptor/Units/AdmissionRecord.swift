internal import JSON

/// What decides about a unit later, and so must survive restarts and reloads: a file of its own beside `status`.
///
/// Receptor has no such file and leaves it alone.
struct AdmissionRecord: Sendable, Hashable {
    /// Whether requests about the unit from other hosts and nodes must carry a valid signature.
    var verifiesSignature: Bool
    /// Who submitted it, for people.
    var principal: String
    /// The plugin that does the work; empty when that is not known.
    var plugin: String
    /// Which start of the machine it was submitted under; empty when that is not known.
    var bootID: String
    /// Whether somebody heard that its end is pending.
    var isCancelRequested = false
    /// Whether somebody heard that its release is pending.
    var isReleaseRequested = false

    /// What a request that was admitted leaves.
    init(verifiesSignature: Bool, principal: String, plugin: String = "", bootID: String = "") {
        self.verifiesSignature = verifiesSignature
        self.principal = principal
        self.plugin = plugin
        self.bootID = bootID
    }

    /// Reads the file; `nil` when it is damaged.
    init?(fileContent bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let verifies = value["VerifySignature"]?.bool else {
            return nil
        }
        verifiesSignature = verifies
        principal = value["Principal"]?.string ?? ""
        plugin = value["Plugin"]?.string ?? ""
        bootID = value["BootID"]?.string ?? ""
        isCancelRequested = value["CancelRequested"]?.bool ?? false
        isReleaseRequested = value["ReleaseRequested"]?.bool ?? false
    }

    /// The content of the file: one object and a newline.
    var fileContent: [UInt8] {
        let object: JSONValue = [
            "VerifySignature": .bool(verifiesSignature), "Principal": .string(principal),
            "CancelRequested": .bool(isCancelRequested), "ReleaseRequested": .bool(isReleaseRequested),
            "Plugin": .string(plugin), "BootID": .string(bootID),
        ]
        var bytes: [UInt8] = []
        object.write(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}
