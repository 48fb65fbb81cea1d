import Foundation

/// All it takes to open one connection.
struct ConnectionPlan: Sendable {
    var settings: BrokerSettings
    var address: BrokerAddress
    var clientID: String
    var will: Will?
    var version: SessionInfo.ProtocolVersion
    /// Otherwise the session begins clean and ends with the connection.
    var isSessionKept = true

    /// The password as its file holds it now, without the line's end; `nil`: there is none.
    ///
    /// Read for each connection, and kept nowhere.
    func password() throws(MQTTError) -> String? {
        guard let path = settings.passwordFile ?? Self.credentialFile() else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .ours(
                "read the broker's password from \(path)",
                "it is missing or not readable for this user; check broker.password_file")
        }
        var text = data[...]
        while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
        guard let password = String(bytes: text, encoding: .utf8) else {
            throw .ours("read the broker's password from \(path)", "it is not UTF-8 text")
        }
        return password
    }

    /// Says which of the certificate files cannot be read: libmosquitto would only say "invalid".
    func checkFiles() throws(MQTTError) {
        for (name, file) in [
            ("ca_file", settings.caFile), ("certificate_file", settings.certificateFile),
            ("key_file", settings.keyFile),
        ] {
            if let file, !FileManager.default.isReadableFile(atPath: file) {
                throw .ours(
                    "read \(file)",
                    "it is missing or not readable for this user; check broker.\(name)")
            }
        }
    }

    /// What systemd's `LoadCredential=mqtt-password:` put there.
    private static func credentialFile() -> String? {
        guard let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] else {
            return nil
        }
        let path = folder + "/mqtt-password"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
