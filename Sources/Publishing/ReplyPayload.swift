package import Signals

/// The answer to an operator's command: schema `anchord.reply/1`.
package enum ReplyPayload {
    /// - Parameters:
    ///   - asset: that the command was for, known or not.
    ///   - id: of the command, as its sender chose it; empty for none.
    ///   - command: its name, as far as it could be read.
    ///   - text: what was done, or what was attempted, found, and can be done.
    ///   - refusal: the reason's name, as the counters have it; `nil` when it was done.
    ///   - life: of the asset's alarm by now; `nil` for an asset nobody knows.
    /// - Returns: one line of JSON.
    package static func json(
        asset: AssetName, id: String, command: String, text: String, refusal: String?,
        life: String?
    ) -> String {
        var line = JSONLine()
        line.add("schema", "anchord.reply/1")
        line.add("asset", asset.text)
        line.add("id", id.isEmpty ? nil : id)
        line.add("command", command.isEmpty ? nil : command)
        line.add("ok", refusal == nil)
        line.add("text", text)
        line.add("refused", refusal)
        line.add("life", life)
        line.close()
        return line.text
    }
}
