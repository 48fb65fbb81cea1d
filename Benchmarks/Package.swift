// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds or installs the daemon builds this too.
let package = Package(
    name: "anchord-benchmarks",
    targets: [
        .executableTarget(
            name: "broker-load", cSettings: [.unsafeFlags(["-O2", "-D_GNU_SOURCE"])],
            linkerSettings: [.linkedLibrary("mosquitto"), .linkedLibrary("m")]),
        .executableTarget(name: "anchord-bench"),
    ],
    swiftLanguageModes: [.v6]
)
