import Fusion
import Signals
import Store
import TestSupport
import Testing

@testable import Daemon

/// States that operators named, in a training from the daemon's archive.
@Suite("A training from the archive")
struct TaggedArchiveTests {
    @Test("Windows that lie whole in a label of kind state are tagged with its name")
    func statesComeFromLabels() throws {
        let folder = try TemporaryFolder()
        let store = try StateStore(path: folder.path("state.sqlite"), settings: StoreSettings())
        let asset = AssetName("press-1")
        var senses = SyntheticSenses(seed: 1)
        let windows = senses.windows(6)
        func label(_ kind: String, _ name: String, _ first: Int, _ last: Int) -> LabelChange {
            .add(
                LabelRow(
                    asset: asset, from: windows[first].start, to: windows[last].end, kind: kind,
                    name: name, who: "anna", why: "", createdMs: 0))
        }
        var commit = Commit(sequence: 1, keepFrom: 2, journalID: "j")
        commit.assetStates = [
            AssetState(
                asset: asset, kind: Pipeline.intakeKind,
                blob: Array(#"{"streams":[],"isFrozen":true}"#.utf8))
        ]
        commit.archiveAppends = windows.enumerated().map {
            ArchiveRow(asset: asset, windowIndex: Int64($0), blob: $1.encoded)
        }
        commit.labelChanges = [
            label("state", "birch", 0, 2), label("state", "elm", 2, 3), label("fault", "jam", 4, 5),
        ]
        _ = try store.commit(commit)
        let corpus = try TrainingCorpus(folder: folder.path("."), windowsMax: 100)
        try corpus.add(archiveOf: store)
        #expect(corpus.windows == 6)
        #expect(
            windows.map { corpus.states[asset]?[$0.start] }
                == ["birch", "birch", "elm", "elm", nil, nil])
    }
}
