package import Detection
import Foundation  // JSON of the intake's state.
package import Intake
package import Signals
package import Store
import Windowing

// A restart: states from the Store, then the journal.
extension Pipeline {
    private static let lineKind = "line"
    static let intakeKind = "intake"

    /// The states that changed since the last call, for one commit.
    package mutating func takeChangedStates() throws -> [AssetState] {
        var states: [AssetState] = []
        for index in lines.indices where lines[index].isDirty {
            lines[index].isDirty = false
            states.append(
                AssetState(
                    asset: lines[index].asset, kind: Self.lineKind,
                    blob: lines[index].state.encoded()))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for (asset, state) in reader.takeDirtyState().sorted(by: { $0.key < $1.key }) {
            let json = [UInt8](try encoder.encode(state))
            states.append(AssetState(asset: asset, kind: Self.intakeKind, blob: json))
        }
        return states
    }

    /// The states taken last did not reach the Store: all of them are due again.
    package mutating func forgetWhatIsStored() {
        for index in lines.indices { lines[index].isDirty = true }
        reader.forgetWhatIsStored()
    }

    /// Goes on where the states were taken. `refill` then brings back what open windows held.
    ///
    /// A line whose windows were cut on another grid, or whose state another version wrote, starts
    /// anew; `onReset` hears of it.
    ///
    /// - Parameters:
    ///   - states: of the last commit.
    ///   - settings: now in force.
    ///   - rules: as in `init(settings:rules:)`.
    ///   - service: finds an asset's model by its content hash.
    ///   - onReset: hears of assets that start anew, with the reason.
    /// - Throws: when a stored state cannot be read, or its model is missing.
    package init(
        restoring states: [AssetState], settings: PipelineSettings,
        rules: (@Sendable (AssetName) -> WarmUpRule?)? = nil,
        service: (AssetName, String) throws -> AssetDetector.Service?,
        onReset: (AssetName, String) -> Void
    ) throws {
        self.init(settings: settings, rules: rules)
        for state in states where state.kind == Self.intakeKind {
            let learnt = try JSONDecoder().decode(IntakeState.self, from: Data(state.blob))
            reader.restore(learnt, for: state.asset)
        }
        for state in states where state.kind == Self.lineKind {
            let stored: AssetLineState
            do {
                stored = try AssetLineState(encoded: state.blob)
            } catch is AssetLineState.OtherFormat {
                onReset(state.asset, "its state is of another version of anchord")
                continue
            }
            guard stored.windowLength == settings.windowing.length.nanoseconds,
                stored.windowHop == settings.windowing.effectiveHop.nanoseconds
            else {
                onReset(state.asset, "windowing.length or windowing.hop changed")
                continue
            }
            let found = try stored.modelID.flatMap { try service(state.asset, $0) }
            if let id = stored.modelID, found == nil {
                onReset(state.asset, "its model \(id) is not in the store")
                continue
            }
            let shadow = try stored.shadow.flatMap { try service(state.asset, $0.modelID) }
            restore(stored, asset: state.asset, service: found, shadow: shadow)
        }
        forgetLostLoans()
    }

    /// Puts a journalled message, which the states had taken in, back into the open windows.
    ///
    /// `old` is a copy of the reader that may learn what it likes: the states know already.
    package mutating func refill(
        _ message: Message, sequence: UInt64, with old: inout SignalReader
    ) {
        switch old.read(message) {
        case .sample(let sample):
            refill(sample, sequence: sequence)
        case .released(let samples):
            for sample in samples { refill(sample, sequence: sequence) }
        case .held:
            // Never reached a window: it waits again.
            _ = take(message, sequence: sequence)
        case .rejected:
            break
        }
    }

    /// The oldest entry of the journal that a restart from now on needs; `nil` for none.
    package var neededFrom: UInt64? {
        lines.indices.reduce(heldFrom) { least, index in
            guard let needed = lines[index].neededFrom else { return least }
            return min(least ?? needed, needed)
        }
    }

    /// The journal was lost with what open windows held.
    package mutating func markOpenIncomplete() {
        for index in lines.indices {
            lines[index].assembler.markOpenIncomplete()
            lines[index].isDirty = true
        }
    }
}
